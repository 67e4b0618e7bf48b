#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <errno.h>
#include <fcntl.h>
int main(){FILE*f=fopen("/srv/table/rows.db","r");if(!f){perror("/srv/table/rows.db");return 1;}puts("rows");return 0;}
