mkdir -p sysroot/lib bundle
gcc -O2 -shared -fPIC -Wl,-soname,libcartogeo.so.1 -Wl,--version-script=geo1.map -o bundle/libcartogeo.so.1 geo1.c
gcc -O2 -shared -fPIC -Wl,-soname,libcartogeo.so.1 -Wl,--version-script=geo2.map -o sysroot/lib/libcartogeo.so.1 geo2.c
install -D sysroot/lib/libcartogeo.so.1 /usr/lib/x86_64-linux-gnu/libcartogeo.so.1; ldconfig
g++ -O2 -o cartoserv cartoserv.cc /usr/lib/x86_64-linux-gnu/libcartogeo.so.1
