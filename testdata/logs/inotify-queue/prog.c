#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/fanotify.h>
int main(){int f=fanotify_init(FAN_CLASS_NOTIF,O_RDONLY);if(f<0){perror("fanotify_init");return 1;}puts("watching");return 0;}
