#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
int main(){struct servent*e=getservbyname("domain","udp");if(!e){fprintf(stderr,"unknown service: domain/udp\n");return 2;}printf("port %d\n",e->s_port);return 0;}
