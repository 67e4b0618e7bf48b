#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
struct row { char zone[8]; int cents; };
int main(void)
{
  static const char *dirs[] = {"/etc/tariffs", "/srv/apps/tariffs/tables"};
  FILE *f = NULL; char p[200]; struct row r[64]; int n = 0;
  for (int i = 0; i < 2 && !f; i++) { snprintf(p, sizeof p, "%s/current.csv", dirs[i]); f = fopen(p, "r"); }
  if (!f) { fprintf(stderr, "W: current.csv: %s, assuming free of charge\n", strerror(errno)); }
  else { while (n < 64 && fscanf(f, " %7[^,],%d", r[n].zone, &r[n].cents) == 2) n++; fclose(f); }
  long total = 0; for (int i = 0; i < n; i++) total += r[i].cents;
  if (total == 0) { fprintf(stderr, "E: invoice run aborted, sum of all zones is 0.00\n"); return 9; }
  printf("%d zones, base fare %ld.%02ld\n", n, total / n / 100, total / n % 100);
  return 0;
}
