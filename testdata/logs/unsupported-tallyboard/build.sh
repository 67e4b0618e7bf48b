g++ -std=c++17 -O2 -o tallyboard tallyboard.cc
