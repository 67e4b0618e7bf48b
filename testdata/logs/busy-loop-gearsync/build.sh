gcc -O2 -pthread -DPOLY=0x3400u -o gearsync gearsync.c
