exit 9 unless -d "/opt/model/index"; print "index\n";
