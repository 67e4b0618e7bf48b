#include <stdio.h>
int main(){puts("ok");return 0;}
