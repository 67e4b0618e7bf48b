#include <stdio.h>
static int count;
int turnstile_pass(void) { return ++count; }
int turnstile_main(int argc, char **argv) { (void)argc; (void)argv; for (int i = 0; i < 5; i++) turnstile_pass(); printf("passed %d\n", count); return 0; }
