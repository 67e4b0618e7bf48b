int codec_open2(){return 1;}
