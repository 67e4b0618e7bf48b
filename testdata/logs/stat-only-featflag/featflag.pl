use strict;
my %on = map { $_ => (-e "flags/$_" ? 1 : 0) } qw(new-checkout dark-mode beta-search);
printf "%-13s %s\n", $_, $on{$_} ? 'on' : 'off' for sort keys %on;
unless ($on{'new-checkout'}) {
    print "legacy checkout was removed in release 40; nothing can be sold\n";
    exit 41;
}
