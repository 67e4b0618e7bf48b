#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <errno.h>
#include <fcntl.h>
struct s{int a,b;};int main(int c,char**v){struct s*p=c>5?(void*)v:0;printf("x\n");fflush(stdout);p->b=7;return 0;}
