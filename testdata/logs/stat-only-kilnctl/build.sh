mkdir -p /var/lib/kiln/interlock; : > /var/lib/kiln/interlock/door.closed; : > /var/lib/kiln/interlock/vent.open
gcc -O2 -pthread -o kilnctl kilnctl.c
