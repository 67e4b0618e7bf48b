gcc -O2 -shared -fPIC -Wl,-soname,libturnstile.so.0 -o turnstile turnstile.c
