gcc -m32 -O2 -o gatelatch gatelatch.c
