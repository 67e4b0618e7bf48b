g++ -std=c++17 -O2 -o memlens memlens.cc
