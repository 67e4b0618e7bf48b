#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
int main(){pid_t p=vfork();if(p<0){perror("vfork");return 1;}if(!p)_exit(0);int st;waitpid(p,&st,0);puts("child done");return 0;}
