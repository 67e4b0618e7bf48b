#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/uio.h>
int main(){int p[2];pipe(p);struct iovec v[2]={{"HDR:",4},{"payload",7}};writev(p[1],v,2);char b[32]={0};int n=read(p[0],b,31);if(n<4||memcmp(b,"HDR:",4)){fprintf(stderr,"protocol error: frame starts with %.4s\n",b);return 1;}puts("frame");return 0;}
