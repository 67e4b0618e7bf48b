g++ -std=c++17 -O2 -o lidarfuse lidarfuse.cc
