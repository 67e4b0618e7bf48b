#include <stdio.h>
#include <stdlib.h>
#include <string.h>
int main(void) {
    size_t mb = 0;
    for (;;) {
        char *p = malloc(4 << 20);
        if (!p) {
            fprintf(stderr, "cachewarm: malloc failed after %zu MB\n", mb);
            return 12;
        }
        memset(p, 0xa5, 4 << 20);
        mb += 4;
        if (mb % 32 == 0) { printf("cachewarm: %zu MB resident\n", mb); fflush(stdout); }
    }
}
