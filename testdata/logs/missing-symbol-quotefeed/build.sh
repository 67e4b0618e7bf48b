mkdir -p release/venues release/lib dev
g++ -O2 -shared -fPIC -Wl,-soname,libqfcore.so -o dev/libqfcore.so core_new.cc
g++ -O2 -shared -fPIC -Wl,-soname,libqfcore.so -o release/lib/libqfcore.so core_old.cc
g++ -O2 -shared -fPIC -Wl,-rpath,/opt/quotefeed/lib -o release/venues/feed_nyx.so feed_nyx.cc dev/libqfcore.so
install -D dev/libqfcore.so /opt/quotefeed/lib/libqfcore.so; install -D release/venues/feed_nyx.so /opt/quotefeed/venues/feed_nyx.so
g++ -std=c++17 -O2 -o quotefeed quotefeed.cc
