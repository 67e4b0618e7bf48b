mkdir -p run; gcc -O2 -o standby standby.c; echo 0 > run/primary.pid
