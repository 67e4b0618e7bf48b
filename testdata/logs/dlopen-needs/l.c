int t();int f(){return t();}
