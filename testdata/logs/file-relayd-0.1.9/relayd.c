#include <stdio.h>
#include <stdlib.h>
int main(void) {
    printf("relayd 1.4.2 starting\n");
    fflush(stdout);
    FILE *f = fopen("/etc/relayd/relayd.conf", "r");
    if (!f) {
        perror("/etc/relayd/relayd.conf");
        return 1;
    }
    char b[100];
    while (fgets(b, sizeof b, f)) fputs(b, stdout);
    fclose(f);
    return 0;
}
