#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
int main(){int f=memfd_create("ring",0);if(f<0){perror("memfd_create");return 1;}puts("ring");return 0;}
