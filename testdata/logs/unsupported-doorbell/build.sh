gcc -O2 -pthread -o doorbell doorbell.c
