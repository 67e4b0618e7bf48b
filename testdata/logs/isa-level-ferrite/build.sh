gcc -O2 -march=x86-64-v4 -Wl,-z,x86-64-v4 -o ferrite ferrite.c
