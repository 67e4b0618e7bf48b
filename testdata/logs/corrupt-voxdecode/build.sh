mkdir -p vendor/engine
gcc -O2 -shared -fPIC -o libvoxcore.so voxcore.c
install -D libvoxcore.so /usr/lib/voxdecode/libvoxcore.so
printf 'version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize %d\n' $(sha256sum libvoxcore.so | cut -d' ' -f1) $(stat -c %s libvoxcore.so) > vendor/engine/libvoxcore.so
rm libvoxcore.so
g++ -std=c++17 -O2 -o voxdecode voxdecode.cc
