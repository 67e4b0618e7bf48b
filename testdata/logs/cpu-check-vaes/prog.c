#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <cpuid.h>
int main(){unsigned a,b,c,d;__get_cpuid_count(7,0,&a,&b,&c,&d);if(!(c>>9&1)){puts("CPU does not support VAES, exiting");return 1;}puts("ok");return 0;}
