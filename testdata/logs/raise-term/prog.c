#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
int main(){puts("watchdog: no progress");fflush(stdout);raise(SIGTERM);sleep(1);return 0;}
