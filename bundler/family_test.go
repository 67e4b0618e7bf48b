package bundler

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nanodiag/nanodiag/strace"
)

// libraryTree is what families are tested with: a Python, a perl and the odd data.
func libraryTree(r *root) {
	for _, f := range []string{
		"/usr/lib/python3.11/os.py", "/usr/lib/python3.11/json/decoder.py", "/usr/lib/python3.11/json/__pycache__/decoder.cpython-311.pyc",
		"/usr/lib/python3.11/test/test_os.py", "/usr/lib/python3.11/unittest/test.py",
		"/usr/lib/python3/dist-packages/used/a.py", "/usr/lib/python3/dist-packages/used/sub/b.py", "/usr/lib/python3/dist-packages/other/c.py",
		"/usr/share/zoneinfo/Etc/UTC", "/usr/share/zoneinfo/Europe/Berlin", "/usr/share/zoneinfo/right/Etc/UTC",
		"/etc/pam.d/login", "/etc/shadow",
	} {
		r.file(f, f)
	}
	r.link("/etc/localtime", "/usr/share/zoneinfo/Etc/UTC")
	r.lib("/usr/local/lib/libsql.so.1", "soname=libsql.so.1")
	r.cache("/usr/local/lib/libsql.so.1")
	r.lib("/usr/lib/python3.11/lib-dynload/_sql.so", "/usr/local/lib/libsql.so.1")
}

func TestFamilies(t *testing.T) {
	t.Parallel()
	python := []strace.FileUse{read("/usr/lib/python3.11/os.py"), read("/usr/lib/python3/dist-packages/used/a.py")}
	used := []string{"data /usr/lib/python3.11/os.py <- /usr/lib/python3.11/os.py", "data /usr/lib/python3/dist-packages/used/a.py <- /usr/lib/python3/dist-packages/used/a.py"}
	whole := []string{
		"cache <nil>", "  libsql.so.1 => /lib64/libsql.so.1", "library /lib64/libsql.so.1 <- /usr/local/lib/libsql.so.1",
		"data /usr/lib/python3.11/json/decoder.py <- /usr/lib/python3.11/json/decoder.py",
		"library /usr/lib/python3.11/lib-dynload/_sql.so <- /usr/lib/python3.11/lib-dynload/_sql.so",
		used[0], "data /usr/lib/python3.11/unittest/test.py <- /usr/lib/python3.11/unittest/test.py",
		used[1], "data /usr/lib/python3/dist-packages/used/sub/b.py <- /usr/lib/python3/dist-packages/used/sub/b.py",
	}
	for _, c := range []struct {
		name     string
		files    []strace.FileUse
		opt      Options
		want     []string
		families []string // those that are offered or included
	}{
		{"offered, not added", python, Options{}, used, []string{"python"}},
		{"named", python, Options{IncludeFamily: []string{"python"}}, whole, []string{"python+"}},
		{"all that show", python, Options{IncludeFamily: []string{"all"}}, whole, []string{"python+"}},
		{"excluded paths stay out of a family too", python, Options{IncludeFamily: []string{"python"}, Exclude: []string{"_sql.so", "*/json", "/usr/lib/python3.11/json", "unittest"}},
			[]string{used[0], used[1],
				"data /usr/lib/python3/dist-packages/used/sub/b.py <- /usr/lib/python3/dist-packages/used/sub/b.py"}, []string{"python+"}},
		{"an allow-list holds for a family; what its libraries need comes along", python, Options{IncludeFamily: []string{"python"}, Only: []string{"*.so", "/usr/lib/python3.11/json"}},
			[]string{whole[0], whole[1], whole[2], whole[3], whole[4]}, []string{"python+"}},
		{"named without a sign, at its fixed places", nil, Options{IncludeFamily: []string{"zoneinfo"}},
			[]string{"link /etc/localtime -> ../usr/share/zoneinfo/Etc/UTC", "data /usr/share/zoneinfo/Etc/UTC <- /usr/share/zoneinfo/Etc/UTC",
				"data /usr/share/zoneinfo/Europe/Berlin <- /usr/share/zoneinfo/Europe/Berlin"}, []string{"zoneinfo+"}},
		{"named without a sign or a place", nil, Options{IncludeFamily: []string{"python"}}, nil, []string{"python+"}},
		{"no family", []strace.FileUse{read("/etc/pam.d/login")}, Options{Exclude: []string{"*"}}, nil, nil},
		{"whole already", []strace.FileUse{read("/etc/pam.d/login")}, Options{}, []string{"data /etc/pam.d/login <- /etc/pam.d/login"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := newRoot(t)
			libraryTree(r)
			in := r.input(&strace.Facts{Files: c.files})
			in.Options = c.opt
			plan, err := New(in)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.want, show(plan)); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
			var families []string
			for _, f := range plan.Families() {
				name := f.Name
				if f.Included {
					name += "+"
				}
				families = append(families, name)
			}
			if d := cmp.Diff(c.families, families); d != "" {
				t.Errorf("families -want +got:\n%s", d)
			}
		})
	}
}

// TestFamilyOffer: what is offered is what naming the family then adds.
func TestFamilyOffer(t *testing.T) {
	t.Parallel()
	r := newRoot(t)
	libraryTree(r)
	in := r.input(&strace.Facts{Files: []strace.FileUse{read("/usr/lib/python3.11/os.py")}})
	without, err := New(in)
	if err != nil {
		t.Fatal(err)
	}
	offers := without.Families()
	if len(offers) != 1 || offers[0].Sign != "/usr/lib/python3.11/os.py" {
		t.Fatalf("offers %+v, want python's, shown by os.py", offers)
	}
	in.IncludeFamily = []string{"python"}
	with, err := New(in)
	if err != nil {
		t.Fatal(err)
	}
	files, size := 0, int64(0)
	for _, e := range with.Entries {
		if e.Kind == KindCache || !e.Mode.IsRegular() {
			continue
		}
		files++
		size += e.Size
	}
	for _, e := range without.Entries {
		if e.Mode.IsRegular() {
			files--
			size -= e.Size
		}
	}
	if offers[0].Files != files || offers[0].Size != size {
		t.Errorf("offered %d files, %d bytes; naming it adds %d files, %d bytes", offers[0].Files, offers[0].Size, files, size)
	}
}

func TestFamilyMarks(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		path, family string
		home, prefix string
	}{
		{"/usr/lib/python3.11/os.py", "python", "/usr/lib/python3.11", "/usr"},
		{"/root/venv/lib64/python3.12/site-packages/x", "python", "/root/venv/lib64/python3.12", "/root/venv"},
		{"/app/node_modules/a/node_modules/b/index.js", "node", "/app/node_modules", "/app"},
		{"/usr/bin/perl5.36-x86_64-linux-gnu", "perl", "/usr/bin/perl5.36-x86_64-linux-gnu", "/usr"},
		{"/opt/jdk/lib/server/libjvm.so", "java", "/opt/jdk/lib/server/libjvm.so", "/opt/jdk"},
		{"/usr/lib/x86_64-linux-gnu/gconv/EUC-KR.so", "gconv", "/usr/lib/x86_64-linux-gnu/gconv", "/usr"},
		{"/etc/localtime", "zoneinfo", "/etc/localtime", "/"},
	} {
		p := &planner{in: &Input{HostProgram: "/app/prog", Facts: &strace.Facts{Files: []strace.FileUse{read(c.path)}}}}
		found := false
		for _, m := range p.memberships() {
			if m.name != c.family {
				continue
			}
			found = true
			if got := m.places[0]; got.home != c.home || got.prefix != c.prefix {
				t.Errorf("%s: home %s, prefix %s; want %s, %s", c.path, got.home, got.prefix, c.home, c.prefix)
			}
		}
		if !found {
			t.Errorf("%s does not show the family %s", c.path, c.family)
		}
	}
}
