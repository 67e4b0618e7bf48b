#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <errno.h>
struct job { int id; const char *text; };
static const char *filter;
/* returns 0 on success; the filter renders one label and exits with 0 */
static int render(const struct job *j)
{
  int st = 0; pid_t p = vfork();
  if (p == 0) { execl(filter, filter, j->text, (char *)NULL); _exit(127); }
  if (p < 0) return -1;
  while (waitpid(p, &st, 0) < 0 && errno == EINTR) ;
  return WIFEXITED(st) ? WEXITSTATUS(st) : -2;
}
static int render_builtin(const struct job *j) { char b[64]; snprintf(b, sizeof b, "[%s]", j->text); return strlen(b) < 3; }
int main(void)
{
  struct job q[] = {{1, "oolong"}, {2, "sencha"}, {3, "assam"}}; int bad = 0;
  filter = getenv("LABEL_FILTER") ? getenv("LABEL_FILTER") : "/bin/true";
  if (access("/etc/labelpress/papersize", R_OK)) printf("labelpress: paper size defaults to 4x6\n");
  for (int i = 0; i < 3; i++) { int r = strcmp(filter, "builtin") ? render(&q[i]) : render_builtin(&q[i]); if (r) { printf("labelpress: job %d: printer out of paper? (%d)\n", q[i].id, r); bad++; } }
  if (bad) return 2;
  printf("labelpress: 3 labels rendered\n"); return 0;
}
