#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <errno.h>
#include <fcntl.h>
int main(){FILE*f=fopen("/var/spool/prover/job.1","w");if(!f){perror("job file");return 1;}puts("queued");return 0;}
