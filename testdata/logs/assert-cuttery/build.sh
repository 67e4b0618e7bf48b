gcc -O1 -pthread -DMAX_SHEETS=3 -o cuttery cuttery.c
