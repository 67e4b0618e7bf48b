#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <assert.h>
int main(int c,char**v){int n=c*3;assert(n%2==0);puts("ok");return 0;}
