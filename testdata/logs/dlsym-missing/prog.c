#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <dlfcn.h>
int main(){void*h=dlopen("./libcodec.so",RTLD_NOW);if(!h){fprintf(stderr,"%s\n",dlerror());return 3;}int(*f)()=dlsym(h,"codec_open2");if(!f){fprintf(stderr,"%s\n",dlerror());return 3;}printf("opened %d\n",f());return 0;}
