g++ -std=c++17 -O1 -o brewtune brewtune.cc
