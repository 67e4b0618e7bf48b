#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <errno.h>
#include <fcntl.h>
int main(){long n=sysconf(_SC_NPROCESSORS_ONLN);if(n<2){fprintf(stderr,"need at least 2 CPUs, found %ld\n",n);return 1;}puts("ok");return 0;}
