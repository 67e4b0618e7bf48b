g++ -O2 -shared -fPIC -Wl,-soname,libcourierlz.so.2 -o libcourierlz.so.2.0.4 lz.cc
install -D libcourierlz.so.2.0.4 /usr/local/lib/libcourierlz.so.2.0.4
ldconfig
g++ -std=c++17 -O2 -pthread -o courier courier.cc
