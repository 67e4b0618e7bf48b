#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
int main(int c,char**v){int o,k=0;while((o=getopt(c,v,"k:"))>0)k=1;if(!k||optind>=c){fprintf(stderr,"Usage: %s -k KEYFILE INPUT...\n",v[0]);return 64;}puts("signed");return 0;}
