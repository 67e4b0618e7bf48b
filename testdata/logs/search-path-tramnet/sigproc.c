int sig_aspect(int block) { return block % 3; }
