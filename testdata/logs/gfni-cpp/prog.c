#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <immintrin.h>
__attribute__((target("gfni,sse4.1"))) int k(int x){__m128i a=_mm_set1_epi8(x);a=_mm_gf2p8mul_epi8(a,a);return _mm_extract_epi32(a,0);}
int main(int c,char**v){printf("rs %d\n",k(c));return 0;}
