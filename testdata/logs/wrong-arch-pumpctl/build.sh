mkdir -p dist/x86_64 dist/i686
gcc -O2 -shared -fPIC -o dist/x86_64/libpumphal.so hal.c
gcc -m32 -O2 -shared -fPIC -nostdlib -o dist/i686/libpumphal.so hal.c
install -D dist/x86_64/libpumphal.so /opt/pumpctl/hal/libpumphal.so
gcc -O2 -o pumpctl pumpctl.c
