mkdir -p /usr/local/lib/scopeview/sources
for s in wave hist; do g++ -std=c++17 -O2 -shared -fPIC -o /usr/local/lib/scopeview/sources/$s.so src_$s.cc; done
g++ -std=c++17 -O2 -o scopeview scopeview.cc
