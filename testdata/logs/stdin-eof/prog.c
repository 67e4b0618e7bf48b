#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <errno.h>
#include <fcntl.h>
int main(){char b[100];if(!fgets(b,100,stdin)){fprintf(stderr,"no passphrase given\n");return 1;}puts("unlocked");return 0;}
