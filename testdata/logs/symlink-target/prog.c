#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <errno.h>
#include <fcntl.h>
int main(){FILE*f=fopen("/opt/keys/current.key","r");if(!f){perror("/opt/keys/current.key");return 1;}puts("key");return 0;}
