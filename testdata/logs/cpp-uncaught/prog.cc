#include <stdexcept>
#include <iostream>
int main(){ std::cout<<"phase 2"<<std::endl; throw std::out_of_range("coset index 9 is out of range"); }
