mkdir -p lib64; gcc -O2 -shared -fPIC -Wl,-soname,libtramsig.so.3 -o lib64/libtramsig.so.3 sigproc.c
install -D lib64/libtramsig.so.3 /opt/tram/lib64/libtramsig.so.3; echo /opt/tram/lib64 > /etc/ld.so.conf.d/tram.conf; ldconfig
gcc -O2 -pthread -o tramnet tramnet.c
