g++ -std=c++17 -O1 -DMORE='"file"' -o menuparse menuparse.cc
