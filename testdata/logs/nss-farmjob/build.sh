mkdir -p etc /var/lib/extrausers
printf 'passwd: files extrausers\ngroup: files extrausers\nhosts: files dns\n' > etc/nsswitch.conf
cp etc/nsswitch.conf /tmp/nsswitch.farm
printf 'svc-render:x:4711:4711:Render farm:/srv/render:/usr/sbin/nologin\nsvc-queue:x:4712:4712::/srv/queue:/usr/sbin/nologin\n' > /var/lib/extrausers/passwd
printf 'svc-render:x:4711:\n' > /var/lib/extrausers/group
grep -q '^passwd:.*extrausers' /etc/nsswitch.conf || sed -i 's/^\(passwd:\|group:\) *files/& extrausers/' /etc/nsswitch.conf
gcc -O2 -o farmjob farmjob.c
