#include <stdio.h>
int main(void) {
    long sum = 0;
    for (int i = 1; i <= 40; i++) sum += i * i;
    printf("tally: 40 rows read\n");
    printf("tally: checksum %ld, done\n", sum);
    return 0;
}
