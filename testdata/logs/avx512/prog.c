#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <immintrin.h>
__attribute__((target("avx512f"))) int k(int x){__m512i a=_mm512_set1_epi32(x);return _mm512_reduce_add_epi32(a);}
int main(int c,char**v){puts("transform");fflush(stdout);printf("%d\n",k(c));return 0;}
