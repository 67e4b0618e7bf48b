#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <errno.h>
#include <fcntl.h>
int f(volatile char*p){volatile char b[4000];b[0]=p?p[0]+1:1;return f(b)+b[0];}
int main(){return f(0);}
