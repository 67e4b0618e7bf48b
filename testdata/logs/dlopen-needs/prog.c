#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <dlfcn.h>
int main(){void*h=dlopen("/opt/nd/libfront.so",RTLD_NOW);if(!h){fprintf(stderr,"cannot load front end: %s\n",dlerror());return 3;}puts("loaded");return 0;}
