gcc -O2 -o ringcap ringcap.c
