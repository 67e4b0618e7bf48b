#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
enum { LEVEL_ERR = 3, LEVEL_NOTICE = 5 };
static int slog(int lvl, const char *f, ...) { va_list a; va_start(a, f); fprintf(stderr, "<%d>spoold: ", lvl); vfprintf(stderr, f, a); fputc('\n', stderr); va_end(a); return 1; }
static int become(const char *user)
{
  struct passwd pw, *r = NULL; char buf[2048];
  int e = getpwnam_r(user, &pw, buf, sizeof buf, &r);
  if (!r) { slog(LEVEL_ERR, "refusing to run with full privileges%s%s", e ? ": " : "", e ? strerror(e) : ""); return -1; }
  if (setgroups(0, NULL) || setgid(pw.pw_gid) || setuid(pw.pw_uid)) { slog(LEVEL_ERR, "drop: %s", strerror(errno)); return -1; }
  slog(LEVEL_NOTICE, "now running as %s", pw.pw_name);
  return 0;
}
int main(void)
{
  struct stat st; const char *u = getenv("SPOOL_USER") ? getenv("SPOOL_USER") : "daemon";
  if (stat("/etc/spoold/acl", &st)) slog(LEVEL_NOTICE, "no acl, everything allowed");
  if (geteuid() == 0 && become(u)) return 77;
  printf("queue empty, exiting\n"); return 0;
}
