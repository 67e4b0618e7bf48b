int g();int main(){return g();}
