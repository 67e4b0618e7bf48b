#include <stdio.h>
#include <string.h>
static volatile int depth_limit = 2000000000;
__attribute__((noinline)) static long visit(long d) {
    volatile char frame[400];
    memset((char *)frame, (int)d, sizeof frame);
    if (d > depth_limit) return frame[3];
    return visit(d + 1) + frame[d % 400];
}
int main(void) {
    printf("treewalk: visiting from root\n");
    fflush(stdout);
    printf("treewalk: sum %ld\n", visit(0));
    return 0;
}
