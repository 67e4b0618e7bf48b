#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
int main(){pthread_mutex_t m=PTHREAD_MUTEX_INITIALIZER;pthread_mutex_lock(&m);puts("locked");fflush(stdout);pthread_mutex_lock(&m);return 0;}
