#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <arpa/inet.h>
#include <sys/socket.h>
int main(){int s=socket(AF_INET,SOCK_STREAM,0);struct sockaddr_in a={AF_INET,htons(6379)};a.sin_addr.s_addr=htonl(0x7f000001);if(connect(s,(void*)&a,sizeof a)){fprintf(stderr,"cannot reach cache at 127.0.0.1:6379: %s\n",strerror(errno));return 1;}puts("connected");return 0;}
