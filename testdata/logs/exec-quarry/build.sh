g++ -std=c++17 -O2 -o quarry quarry.cc
