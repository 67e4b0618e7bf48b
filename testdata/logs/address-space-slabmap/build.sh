gcc -O2 -o slabmap slabmap.c
