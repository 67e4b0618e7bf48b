#include <stdio.h>
#include <stdint.h>
#include <stddef.h>
struct rec { long at; void *next; uint16_t gate; };
int main(void) { struct rec r = {1, NULL, 7}; printf("latch record %u bytes, gate %u closed\n", (unsigned)sizeof r, r.gate); return 0; }
