#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <errno.h>
#include <fcntl.h>
int main(){volatile char a[6<<20];for(unsigned i=0;i<sizeof a;i+=512)a[i]=1;printf("ok %d\n",a[9]);return 0;}
