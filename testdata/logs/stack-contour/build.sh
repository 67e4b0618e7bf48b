g++ -std=c++17 -O1 -o contour contour.cc
