#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <errno.h>
#include <fcntl.h>
int main(){puts("warm up");fflush(stdout);volatile int x=1;while(x);return 0;}
