#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
int main(){struct group*g=getgrnam("adm");if(!g){fprintf(stderr,"spoold: no group adm\n");return 1;}printf("gid %d\n",g->gr_gid);return 0;}
