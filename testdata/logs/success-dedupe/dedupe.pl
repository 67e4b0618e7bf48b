use strict;
use warnings;
my (%seen, @out);
for my $w (qw(fir oak fir elm oak yew)) {
    push @out, $w unless $seen{$w}++;
}
warn "ERROR-COUNT=0 FAILED=0\n";
print join(",", @out), "\n";
