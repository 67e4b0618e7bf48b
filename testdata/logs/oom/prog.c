#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <errno.h>
#include <fcntl.h>
int main(){size_t n=900UL<<20;char*p=malloc(n);for(size_t i=0;i<n;i+=4096)p[i]=1;puts("ok");return 0;}
