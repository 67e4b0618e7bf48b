gcc -O2 -shared -fPIC -Wl,-soname,libtide.so.4 -o libtide.so.4 tide.c -lm
install -D libtide.so.4 /usr/local/lib/libtide.so.4; ln -sf libtide.so.4 /usr/local/lib/libtide.so; ldconfig
gcc -O2 -o tidecalc tidecalc.c -ltide
