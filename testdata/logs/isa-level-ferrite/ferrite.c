#include <stdio.h>
int main(void) { float b[8], s = 0; for (int i = 0; i < 8; i++) { b[i] = i * .5f; s += b[i]; } printf("core loss %.2f W\n", s); return 0; }
