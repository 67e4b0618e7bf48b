#include <stdlib.h>
int turnstile_main(int, char **);
int main(int c, char **v) { exit(turnstile_main(c, v)); }
