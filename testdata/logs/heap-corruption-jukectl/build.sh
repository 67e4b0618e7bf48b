g++ -std=c++17 -O2 -pthread -DTITLE_LEN=24 -o jukectl jukectl.cc
