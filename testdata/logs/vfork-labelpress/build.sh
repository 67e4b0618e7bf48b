gcc -O2 -o labelpress labelpress.c
