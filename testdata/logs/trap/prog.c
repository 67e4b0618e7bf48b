#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <errno.h>
#include <fcntl.h>
int main(int c,char**v){puts("check");fflush(stdout);if(c<9)__builtin_trap();return 0;}
