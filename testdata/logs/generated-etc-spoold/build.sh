gcc -O2 -Wall -o spoold spoold.c
