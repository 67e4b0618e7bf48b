#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
int main(){struct stat st;if(access("/opt/model/weights.bin",R_OK)){fprintf(stderr,"model not installed\n");return 1;}puts("model found");return 0;}
