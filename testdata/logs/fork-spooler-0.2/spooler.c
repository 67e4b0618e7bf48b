#include <stdio.h>
#include <string.h>
#include <errno.h>
#include <unistd.h>
#include <sys/wait.h>
int main(void) {
    printf("spooler: queue directory ready\n");
    fflush(stdout);
    pid_t p = fork();
    if (p < 0) {
        fprintf(stderr, "spooler: cannot start worker: %s\n", strerror(errno));
        return 1;
    }
    if (p == 0) _exit(0);
    int st;
    waitpid(p, &st, 0);
    printf("spooler: worker finished\n");
    return 0;
}
