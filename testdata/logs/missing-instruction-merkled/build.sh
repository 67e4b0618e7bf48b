gcc -O2 -msha -msse4.1 -o merkled merkled.c
