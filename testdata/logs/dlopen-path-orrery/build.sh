mkdir -p systems; gcc -O2 -shared -fPIC -o systems/keplerian.so body.c -lm
gcc -O2 -Wall -pthread -o orrery orrery.c -Wl,--no-as-needed -lm
