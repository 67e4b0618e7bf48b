#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <errno.h>
#include <fcntl.h>
int main(){FILE*f=fopen("rules/default.rules","r");if(!f){fprintf(stderr,"cannot open rules/default.rules: %s\n",strerror(errno));return 1;}puts("rules loaded");return 0;}
