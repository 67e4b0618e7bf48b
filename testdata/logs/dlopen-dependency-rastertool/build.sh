mkdir -p modules
gcc -O2 -shared -fPIC -o modules/export_archive.so export_archive.c -larchive
gcc -O2 -shared -fPIC -o modules/export_ppm.so export_ppm.c
gcc -O2 -o rastertool rastertool.c
