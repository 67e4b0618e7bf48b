#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <errno.h>
#include <fcntl.h>
int main(){if(!__builtin_cpu_supports("avx512f")){fprintf(stderr,"fatal: this build requires a processor with AVX-512F\n");return 70;}puts("ok");return 0;}
