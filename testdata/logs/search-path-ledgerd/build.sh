g++ -O2 -shared -fPIC -Wl,-soname,libledgerfmt.so.1 -o libledgerfmt.so.1 fmt.cc
install -D libledgerfmt.so.1 /opt/ledger/lib/libledgerfmt.so.1
echo /opt/ledger/lib > /etc/ld.so.conf.d/ledger.conf; ldconfig
g++ -std=c++17 -O2 -pthread -o ledgerd ledgerd.cc
