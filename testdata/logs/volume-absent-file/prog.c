#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <errno.h>
#include <fcntl.h>
int main(){FILE*f=fopen("/srv/table/rows.db","r"),*g=fopen("/srv/table/rows.idx","r");if(!f||!g){fprintf(stderr,"table incomplete\n");return 1;}puts("rows");return 0;}
