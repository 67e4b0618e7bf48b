#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <errno.h>
#include <fcntl.h>
int main(){char*volatile p=malloc(100),*volatile q=p;free(p);puts("x");fflush(stdout);free(q);return 0;}
