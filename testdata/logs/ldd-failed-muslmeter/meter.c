#include <stdio.h>
int main(void) { puts("meter 7: 22.4 kWh"); return 0; }
