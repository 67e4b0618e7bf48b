gcc -O2 -Wall -pthread -o beacon beacon.c
