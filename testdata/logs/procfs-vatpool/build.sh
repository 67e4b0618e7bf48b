gcc -O2 -o vatpool vatpool.c
