#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <iconv.h>
int main(){iconv_t i=iconv_open("UTF-8","SHIFT_JIS");if(i==(iconv_t)-1){perror("iconv_open SHIFT_JIS");return 1;}puts("converted");return 0;}
