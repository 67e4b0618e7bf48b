open(my $f,"<","conf/app.yaml") or die "conf/app.yaml: $!\n"; print "ok\n";
