#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <errno.h>
#include <fcntl.h>
int main(){FILE*f=fopen("/out.bin","w");char b[1<<16]={0};for(int i=0;i<200;i++)if(fwrite(b,1,sizeof b,f)!=sizeof b||fflush(f)){perror("write /out.bin");return 1;}puts("ok");return 0;}
