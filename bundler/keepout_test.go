package bundler

import "testing"

func TestKeepsOut(t *testing.T) {
	for _, c := range []struct {
		opt  Options
		file string
		want string
	}{
		{Options{}, "/etc/secret", ""},
		{Options{Exclude: []string{"/etc/secret"}}, "/etc/secret", "--exclude"},
		{Options{Exclude: []string{"**"}}, "/etc/secret", "--exclude"},
		{Options{Exclude: []string{"/etc/"}}, "/etc/app/secret", "--exclude"},
		{Options{Only: []string{"/usr"}}, "/etc/secret", "--only"},
		{Options{Only: []string{"/etc"}}, "/etc/secret", ""},
		{Options{LibsOnly: true}, "/etc/secret", "--libs-only"},
		{Options{LibsOnly: true}, "/lib/libz.so.1", ""},
	} {
		if got := c.opt.KeepsOut(c.file); got != c.want {
			t.Errorf("%+v %s: %q, want %q", c.opt, c.file, got, c.want)
		}
	}
}
