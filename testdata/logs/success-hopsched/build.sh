gcc -O2 -pthread -o hopsched hopsched.c
