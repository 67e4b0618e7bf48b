gcc -O2 -o floodgate floodgate.c
