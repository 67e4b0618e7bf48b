#include <dlfcn.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

int main(void)
{
  const char *hal = getenv("PUMP_HAL");
  void *h = NULL;
  if (hal) h = dlopen(hal, RTLD_NOW);
  if (!h) h = dlopen("/opt/pumpctl/hal/libpumphal.so", RTLD_NOW);
  if (!h) {
    warnx("hardware layer: %s", hal ? "override and default rejected" : "default rejected");
    warnx("is the controller powered?");
    errx(EX_UNAVAILABLE, "0 pumps");
  }
  int (*probe)(void) = (int (*)(void))dlsym(h, "hal_probe"), (*speed)(int) = (int (*)(int))dlsym(h, "hal_speed");
  if (!probe || !speed) errx(EX_SOFTWARE, "hal too old");
  for (int i = 0, n = probe(); i < n; i++) printf("pump %d: %d rpm\n", i, speed(i));
  return 0;
}
