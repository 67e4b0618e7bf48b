package nanos

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func table(t testing.TB) *Table {
	t.Helper()
	tab, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	return tab
}

// The data lists the newest version in full besides the deltas, and the number of
// calls of every version: walking the deltas must arrive at both.
func TestDeltasAgreeWithFullList(t *testing.T) {
	t.Parallel()
	var doc struct {
		Versions []struct {
			Version              string
			Implemented, Ignored int
		}
		Full struct {
			Implemented, Ignored []string
			Klib                 map[string]string `json:"klib_only"`
		} `json:"head_full"`
	}
	if err := json.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	tab := table(t)
	listed := func(version string, s Status) []string {
		out := []string{}
		for call := range tab.calls {
			if tab.Status(call, version) == s {
				out = append(out, call)
			}
		}
		slices.Sort(out)
		return out
	}
	for _, v := range doc.Versions {
		if n := len(listed(v.Version, Implemented)); n != v.Implemented {
			t.Errorf("%s: %d implemented calls, the data counts %d", v.Version, n, v.Implemented)
		}
		if n := len(listed(v.Version, Ignored)); n != v.Ignored {
			t.Errorf("%s: %d ignored calls, the data counts %d", v.Version, n, v.Ignored)
		}
	}
	if d := cmp.Diff(doc.Full.Implemented, listed(Head, Implemented)); d != "" {
		t.Errorf("implemented at HEAD: %s", d)
	}
	if d := cmp.Diff(doc.Full.Ignored, listed(Head, Ignored)); d != "" {
		t.Errorf("ignored at HEAD: %s", d)
	}
	if got := len(listed(Head, KlibOnly)); got != len(doc.Full.Klib) {
		t.Errorf("%d klib-only calls at HEAD, want %d", got, len(doc.Full.Klib))
	}
	for _, calls := range [][]string{doc.Full.Implemented, doc.Full.Ignored} {
		for _, c := range calls {
			if _, ok := tab.Number(c); !ok {
				t.Errorf("%s has no number", c)
			}
		}
	}
}

func TestStatus(t *testing.T) {
	t.Parallel()
	tab := table(t)
	for _, c := range []struct {
		call, version string
		want          Status
		klib          string
	}{
		{"fork", "", Unsupported, ""},
		{"execve", Head, Unsupported, ""},
		{"openat", "0.1.37", Implemented, ""},
		{"wait4", "0.1.55", Ignored, ""},
		{"clone3", "0.1.41", Unsupported, ""},
		{"clone3", "0.1.42", Implemented, ""},
		{"statx", "0.1.52", Unsupported, ""},
		{"statx", "0.1.53", Implemented, ""},
		{"madvise", "0.1.51", Ignored, ""},
		{"madvise", "0.1.52", Implemented, ""},
		{"memfd_create", "0.1.49", Unsupported, ""},
		{"memfd_create", "0.1.50", KlibOnly, "shmem"},
		{"memfd_create", "nightly", KlibOnly, "shmem"},
		{"link", "0.1.54", Unsupported, ""},
		{"link", "0.1.55", Implemented, ""},
		{"link", "0.1.56", Implemented, ""}, // newer than all releases known
		{"link", "", Implemented, ""},
		{"clock_getres", "0.1.40", Ignored, ""},
		{"inotify_init", "0.1.20", Unsupported, ""}, // older than the base: the base
		{"read", "0.1.20", Implemented, ""},
		{"syscall_500", "", Unsupported, ""},
		{"no such call", "", Unsupported, ""},
	} {
		if got := tab.Status(c.call, c.version); got != c.want {
			t.Errorf("Status(%q, %q) = %v, want %v", c.call, c.version, got, c.want)
		}
		if got := tab.Klib(c.call, c.version); got != c.klib {
			t.Errorf("Klib(%q, %q) = %q, want %q", c.call, c.version, got, c.klib)
		}
	}
}

func TestSince(t *testing.T) {
	t.Parallel()
	tab := table(t)
	for call, want := range map[string]string{
		"read": "0.1.37", "statx": "0.1.53", "link": "0.1.55", "sched_setscheduler": "0.1.55", "fork": "", "memfd_create": "",
	} {
		if got := tab.Since(call); got != want {
			t.Errorf("Since(%q) = %q, want %q", call, got, want)
		}
	}
}

func TestNumbersAndNames(t *testing.T) {
	t.Parallel()
	tab := table(t)
	for call, nr := range map[string]int{"read": 0, "rseq": 334, "clone3": 435, "memfd_create": 319} {
		if got, ok := tab.Number(call); !ok || got != nr {
			t.Errorf("Number(%q) = %d, %v, want %d", call, got, ok, nr)
		}
		if got := tab.Name(nr); got != call {
			t.Errorf("Name(%d) = %q, want %q", nr, got, call)
		}
	}
	if _, ok := tab.Number("nope"); ok {
		t.Error(`"nope" has a number`)
	}
	if got := tab.Name(400); got != "syscall_400" {
		t.Errorf("Name(400) = %q", got)
	}
}

func TestKlibNeeds(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ klib, version, want string }{
		{"shmem", "0.1.50", "tmpfs"}, {"shmem", "", "tmpfs"}, {"tmpfs", "", ""}, {"azure", "HEAD", "cloud_init"},
		{"firewall", "0.1.53", ""}, {"firewall", "0.1.55", "radar"}, {"firewall", "", "radar"}, {"nope", "", ""},
	} {
		if got := KlibNeeds(c.klib, c.version); got != c.want {
			t.Errorf("KlibNeeds(%q, %q) = %q, want %q", c.klib, c.version, got, c.want)
		}
	}
}

func TestVersions(t *testing.T) {
	t.Parallel()
	tab := table(t)
	vs := tab.Versions()
	if !slices.IsSortedFunc(vs, Compare) {
		t.Errorf("versions out of order: %v", vs)
	}
	if vs[0] != "0.1.37" || vs[len(vs)-1] != Head {
		t.Errorf("versions go from %s to %s", vs[0], vs[len(vs)-1])
	}
	if got := tab.Latest(); got != "0.1.55" {
		t.Errorf("Latest() = %q", got)
	}
	vs[0] = "changed"
	if tab.Versions()[0] == "changed" {
		t.Error("a caller changed the table")
	}
	if k := tab.Klibs("0.1.50"); !slices.Contains(k, "shmem") || slices.Contains(k, "strace") {
		t.Errorf("klibs of 0.1.50: %v", k)
	}
	if k := tab.Klibs("0.1.51"); !slices.Contains(k, "strace") {
		t.Errorf("klibs of 0.1.51: %v", k)
	}
}

func TestNotes(t *testing.T) {
	t.Parallel()
	tab := table(t)
	got := tab.Notes("wait4")
	if len(got) != 1 || !strings.HasPrefix(got[0], "wait: ") || !strings.Contains(got[0], "spins") {
		t.Errorf("Notes(wait4) = %q", got)
	}
	if n := tab.Notes("clone3"); len(n) < 3 {
		t.Errorf("Notes(clone3) = %q", n)
	}
	if n := tab.Notes("lseek"); n != nil {
		t.Errorf("Notes(lseek) = %q", n)
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for name, in := range map[string]string{
		"no json":      "x",
		"other format": `{"format": 2, "versions": [{"version": "0.1.37"}]}`,
		"no versions":  `{"format": 1}`,
		"out of order": `{"format": 1, "versions": [{"version": "0.1.38"}, {"version": "0.1.37"}]}`,
		"bad status":   `{"format": 1, "versions": [{"version": "0.1.38", "add": {"read": "maybe"}}]}`,
		"bad special":  `{"format": 1, "versions": [{"version": "0.1.38"}], "special_files": {"kernel": {"/x": "sometimes"}}}`,
	} {
		if tab, err := parse([]byte(in)); err == nil || tab != nil {
			t.Errorf("%s: parse = %v, %v; want no table and an error", name, tab, err)
		}
	}
}

// A call can go away again, and a klib's call can become the kernel's own.
func TestParseChanges(t *testing.T) {
	t.Parallel()
	tab, err := parse([]byte(`{"format": 1, "versions": [
		{"version": "1.0", "table": {"implemented": ["a"], "ignored": ["b"]}, "klib_only": {"c": "k"}},
		{"version": "1.1", "del": ["a"], "add": {"c": "implemented"}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		call, version string
		want          Status
	}{
		{"a", "1.0", Implemented}, {"a", "1.1", Unsupported},
		{"b", "1.1", Ignored},
		{"c", "1.0", KlibOnly}, {"c", "1.1", Implemented},
	} {
		if got := tab.Status(c.call, c.version); got != c.want {
			t.Errorf("Status(%s, %s) = %v, want %v", c.call, c.version, got, c.want)
		}
	}
	if got := tab.Klib("c", "1.1"); got != "" {
		t.Errorf("c still needs klib %q in 1.1", got)
	}
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		if _, err := parse(data); err != nil {
			b.Fatal(err)
		}
	}
}
