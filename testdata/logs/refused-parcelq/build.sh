gcc -O2 -o parcelq parcelq.c
