python3 gen.py > sp.c
gcc -O1 -shared -fPIC -o libspectrum.so sp.c
mkdir -p good out; cp libspectrum.so good/
head -c 200000 libspectrum.so > out/libspectrum.so; rm libspectrum.so
gcc -O2 -pthread -Wl,-rpath,/srv/apps/spectrumd/good:/srv/spectrum -o spectrumd spectrumd.c
