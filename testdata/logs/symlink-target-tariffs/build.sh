mkdir -p tables archive/2026-11
printf 'A,290\nB,350\nC,480\n' > archive/2026-11/t.csv
ln -s ../archive/2026-11/t.csv tables/current.csv
echo 'tables of the verkehrsverbund' > tables/README
gcc -O2 -o tariffs tariffs.c
