mkdir -p build/lib build/third_party/ephem
gcc -O2 -shared -fPIC -Wl,-soname,libephem.so.7 -o build/third_party/ephem/libephem.so.7 eph.c
gcc -O2 -shared -fPIC -Wl,-soname,liborbprop.so.1 -o build/lib/liborbprop.so.1 prop.c build/third_party/ephem/libephem.so.7 -lm
g++ -O2 -Wl,-rpath,'$ORIGIN/build/lib' -Wl,-rpath-link,build/third_party/ephem -o orbitprop orbitprop.cc build/lib/liborbprop.so.1
