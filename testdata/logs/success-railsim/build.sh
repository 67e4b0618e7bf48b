g++ -std=c++17 -O2 -o railsim railsim.cc
