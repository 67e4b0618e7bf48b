gcc -O2 -o fieldsim fieldsim.c -lm
