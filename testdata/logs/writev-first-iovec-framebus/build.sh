g++ -std=c++17 -O2 -pthread -o framebus framebus.cc
