my @u = getpwnam("www-data") or die "no user www-data on this system\n"; print "uid $u[2]\n";
