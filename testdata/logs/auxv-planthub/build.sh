gcc -O2 -o planthub planthub.c $(pkg-config --cflags --libs gio-2.0)
