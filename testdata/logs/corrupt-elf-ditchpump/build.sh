gcc -O2 -static -o ditchpump.orig ditchpump.c
cp ditchpump.orig ditchpump
# one 64 KB block of the file came back as zeroes from the flash card
dd if=/dev/zero of=ditchpump bs=65536 seek=4 count=1 conv=notrunc
