#define _GNU_SOURCE
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

static void die(const char *w, const char *a) { fprintf(stderr, "farmjob[%d]: %s: %s\n", getpid(), w, a); exit(EXIT_FAILURE + 76); }
int main(int argc, char **argv)
{
  const char *acct = getenv("FARM_ACCOUNT"); if (!acct) acct = "svc-render";
  FILE *f = fopen("/etc/farmjob.conf", "re");
  if (f) fclose(f);
  f = fopen("/var/lib/extrausers/passwd", "re"); char l[256]; int n = 0;
  if (f) { while (fgets(l, sizeof l, f)) n++; fclose(f); }
  fprintf(stderr, "farmjob[%d]: directory lists %d service accounts\n", getpid(), n);
  errno = 0;
  struct passwd *pw = getpwnam(acct);
  if (!pw) die("account has been locked or deleted by the administrator", acct);
  if (setgid(pw->pw_gid) || setuid(pw->pw_uid)) die("setuid", strerror(errno));
  printf("rendering as %s (%u:%u), home %s\n", pw->pw_name, pw->pw_uid, pw->pw_gid, pw->pw_dir);
  return 0;
}
