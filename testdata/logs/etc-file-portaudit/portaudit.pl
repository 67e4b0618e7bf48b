use strict;
my @want = qw(ssh submission ldaps);
my $fail = 0;
for my $s (@want) {
    my $p = (getservbyname($s, 'tcp'))[2];
    unless ($p) { warn "portaudit: unknown protocol '$s' in policy, line ", 1 + $fail, "\n"; $fail++; next }
    print "$s must be closed: $p/tcp\n";
}
exit($fail ? 2 : 0);
