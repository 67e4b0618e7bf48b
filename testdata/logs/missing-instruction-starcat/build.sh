gcc -O3 -ffast-math -mavx512f -mprefer-vector-width=512 -shared -fPIC -Wl,-soname,libdist.so -o libdist.so dist.c
g++ -O2 -pthread -Wl,-rpath,'$ORIGIN' -o starcat starcat.cc libdist.so
