gcc -O2 -o certwatch certwatch.c
