#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
int main(){if(!setlocale(LC_ALL,"C.UTF-8")){fprintf(stderr,"cannot set locale C.UTF-8\n");return 1;}puts("ok");return 0;}
