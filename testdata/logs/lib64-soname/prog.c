#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <dlfcn.h>
int main(){void*h=dlopen("libcodec.so.4",RTLD_LAZY);if(!h){fprintf(stderr,"%s\n",dlerror());return 3;}puts("decoded");return 0;}
