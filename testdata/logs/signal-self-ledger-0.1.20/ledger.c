#include <stdio.h>
#include <stdlib.h>
int main(void) {
    long debit = 125000, credit = 124990;
    printf("ledger: posting 12 entries\n");
    fflush(stdout);
    if (debit != credit) {
        fprintf(stderr, "ledger: books out of balance (debit %ld, credit %ld), giving up\n", debit, credit);
        abort();
    }
    return 0;
}
