gcc -O2 -pthread -o relayd relayd.c
