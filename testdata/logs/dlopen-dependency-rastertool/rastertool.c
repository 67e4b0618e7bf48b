#include <dirent.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef int (*exporter)(const void *, unsigned long, char *, unsigned long);
static struct { char name[64]; exporter fn; } tab[16];
static int ntab, nskipped;

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }
static void scan(const char *dir)
{
  DIR *d = opendir(dir); if (!d) { perror(dir); return; }
  struct dirent *e; char *names[32]; int n = 0;
  while ((e = readdir(d)) && n < 32)
    if (!strncmp(e->d_name, "export_", 7) && strstr(e->d_name, ".so")) names[n++] = strdup(e->d_name);
  closedir(d); qsort(names, n, sizeof *names, by_name);
  for (int i = 0; i < n; i++) {
    char p[512]; snprintf(p, sizeof p, "%s/%s", dir, names[i]);
    void *h = dlopen(p, RTLD_NOW);
    exporter f = h ? (exporter)dlsym(h, "rt_export") : NULL;
    if (!f) { nskipped++; continue; }
    sscanf(names[i], "export_%60[^.]", tab[ntab].name); tab[ntab++].fn = f;
  }
}
int main(int argc, char **argv)
{
  const char *fmt = argc > 1 ? argv[1] : "archive";
  static unsigned char px[64 * 64 * 3]; memset(px, 0x7f, sizeof px);
  scan("/srv/apps/rastertool/modules");
  printf("rastertool 3.1: %d exporters (", ntab);
  for (int i = 0; i < ntab; i++) printf("%s%s", i ? " " : "", tab[i].name);
  printf(")\n");
  for (int i = 0; i < ntab; i++) if (!strcmp(tab[i].name, fmt)) {
    char kind[16] = ""; int n = tab[i].fn(px, sizeof px, kind, sizeof kind);
    printf("wrote %d bytes of %s\n", n, kind); return n < 0;
  }
  printf("rastertool: '%s' is not a known output format, pick one of the list above\n", fmt);
  return 64;
}
