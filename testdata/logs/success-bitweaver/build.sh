gcc -O1 -o bitweaver bitweaver.c
