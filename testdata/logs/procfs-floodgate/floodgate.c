#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
static int count_links(const char *root)
{
  DIR *d = opendir(root); struct dirent *e; int n = 0; if (!d) return 0;
  while ((e = readdir(d))) {
    char p[400], st[32] = ""; if (e->d_name[0] == '.') continue;
    snprintf(p, sizeof p, "%s/%s/operstate", root, e->d_name);
    FILE *f = fopen(p, "r"); if (f) { if (!fgets(st, sizeof st, f)) *st = 0; fclose(f); n++; }
  }
  closedir(d); return n;
}
int main(void)
{
  int n = count_links("/sys/class/net");
  if (n == 0) { fputs("floodgate: NIC cable unplugged\n", stderr); return 1; }
  printf("floodgate: shaping %s\n", n ? "active" : "-"); return 0;
}
