package elfdeps

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// hintsOf renders hints as "kind object names feature priority found".
func hintsOf(t *testing.T, f files, program string) (got, incomplete []string) {
	t.Helper()
	l := NewLoader(f.fs(t), Config{})
	c, err := l.Closure(program)
	if err != nil {
		t.Fatal(err)
	}
	hints, incomplete := l.Hints(c)
	for _, h := range hints {
		if h.Evidence == "" {
			t.Errorf("no evidence: %+v", h)
		}
		s := fmt.Sprintf("%s %s %s", h.Kind, h.Object, strings.Join(h.Names, ","))
		for _, more := range []string{h.Feature, h.Priority, h.Found} {
			if more != "" {
				s += " " + more
			}
		}
		got = append(got, s)
	}
	return got, incomplete
}

func with(im image, change func(*image)) image {
	change(&im)
	return im
}

func TestHints(t *testing.T) {
	t.Parallel()
	const note = `[{"soname":["libq.so.4","libq.so.3"],"feature":"qr","description":"codes","priority":"suggested","later":1},{"soname":["libz.so.1"]}]`
	libc := lib("libc.so.6")
	libc.verdef = []string{"libc.so.6", "GLIBC_2.2.5", "GLIBC_2.34"}
	libc.rodata = "\x00libgcc_s.so.1\x00"
	base := files{
		hostInterpreter:   loaderFile(debianStrings),
		"/lib/libc.so.6":  libc,
		"/lib/libq.so.3":  lib("libq.so.3"),
		"/lib/libz.so.1":  lib("libz.so.1"),
		"/own/libown.so":  lib("libown.so"),
		"/lib/libssl.so":  lib("libssl.so", "libcrypto.so.3"),
		"/lib/libenc.so":  with(lib("libenc.so"), func(im *image) { im.runpath = ptr("/own"); im.rodata = "\x00libown.so\x00" }),
		"/lib/gconv/A.so": lib(""),
		"/lib/gconv/B.so": lib(""),

		"/lib/libcrypto.so.3":         lib("libcrypto.so.3"),
		"/lib/ossl-modules/legacy.so": lib(""),
		"/lib/libOpenCL.so.1":         lib("libOpenCL.so.1"),
		"/etc/OpenCL/vendors/a.icd":   "libq.so.3\n",
		"/lib/libEGL.so.1":            lib("libEGL.so.1"),
		"/lib/libgcc_s.so.1":          lib("libgcc_s.so.1"),

		"/usr/share/glvnd/egl_vendor.d/50.json": `{"ICD":{"library_path":"/lib/libz.so.1"}}`,
	}
	tests := []struct {
		name    string
		program image
		more    files
		want    []string
	}{
		{"nothing", program(lib("", "libc.so.6")), nil, nil},
		{"a note in PT_NOTE and in its section is told once", with(program(lib("", "libc.so.6")), func(im *image) { im.dlopenNote = []string{note} }), nil,
			[]string{"note /bin/p libq.so.4,libq.so.3 qr suggested /lib/libq.so.3", "note /bin/p libz.so.1 /lib/libz.so.1"}},
		{"a note without section headers", with(program(lib("", "libc.so.6")), func(im *image) { im.dlopenNote = []string{`[{"soname":["libn.so"]}]`}; im.stripped = true }), nil,
			[]string{"note /bin/p libn.so"}},
		{"a note without PT_NOTE", with(program(lib("", "libc.so.6")), func(im *image) {
			im.dlopenNote = []string{`[{"soname":["libn.so"],"priority":"required"}]`, `[{"soname":["libm.so"]}]`}
			im.noteSection = true
		}), nil, []string{"note /bin/p libn.so required", "note /bin/p libm.so"}},
		{"imports", with(program(lib("", "libc.so.6")), func(im *image) { im.imports = []string{"puts", "dlopen", "dlmopen", "dlopen_not"} }), nil,
			[]string{"import /bin/p dlmopen,dlopen"}},
		{"strings, but not of what is loaded", with(program(lib("", "libc.so.6", "libssl.so")), func(im *image) {
			im.rodata = "\x00libq.so.3\x00libssl.so\x00libcrypto.so.3\x00hello\x00/opt/x/plug.so\x00libp_%s.so\x00libq.so.3\x00"
		}), nil, []string{"string /bin/p libq.so.3 /lib/libq.so.3", "string /bin/p /opt/x/plug.so", "string /bin/p libp_%s.so", "family /lib/libcrypto.so.3 /lib/ossl-modules/*.so openssl-provider"}},
		{"strings without section headers", with(program(lib("", "libc.so.6")), func(im *image) { im.rodata = "\x00libq.so.3\x00"; im.stripped = true }), nil, nil}, // its segment is writable
		{"a library's string is looked up by its own paths", program(lib("", "libc.so.6", "libenc.so")), nil, []string{"string /lib/libenc.so libown.so /own/libown.so"}},
		{"conversions and the unwinder", with(program(lib("", "libc.so.6")), func(im *image) { im.imports = []string{"iconv_open", "pthread_exit"} }), nil,
			[]string{"family /bin/p /lib/gconv/*.so gconv", "family /bin/p libgcc_s.so.1 unwinder /lib/libgcc_s.so.1"}},
		{"the unwinder is there already", with(program(lib("", "libc.so.6", "libgcc_s.so.1")), func(im *image) { im.imports = []string{"pthread_exit"} }), nil, nil},
		{"name services", with(program(lib("", "libc.so.6")), func(im *image) { im.imports = []string{"getaddrinfo", "getpwnam", "getservbyname"} }),
			files{"/etc/nsswitch.conf": "# libnss_no: x\npasswd: files systemd # sss\nhosts: files mdns4_minimal [NOTFOUND=return !UNAVAIL=continue] dns\n"},
			[]string{"family /bin/p libnss_mdns4_minimal.so.2 nss", "family /bin/p libnss_systemd.so.2 nss"}},
		{"name services by default are part of glibc", with(program(lib("", "libc.so.6")), func(im *image) { im.imports = []string{"getaddrinfo"} }), nil, nil},
		{"but not before glibc 2.34", with(program(lib("", "libc.so.6")), func(im *image) { im.imports = []string{"getaddrinfo"} }),
			files{"/lib/libc.so.6": lib("libc.so.6")},
			[]string{"family /bin/p libnss_files.so.2 nss", "family /bin/p libnss_dns.so.2 nss"}},
		{"drivers are named in registries", program(lib("", "libc.so.6", "libOpenCL.so.1", "libEGL.so.1")), nil,
			[]string{"family /lib/libEGL.so.1 /lib/libz.so.1 egl-icd /lib/libz.so.1", "family /lib/libOpenCL.so.1 libq.so.3 opencl-icd /lib/libq.so.3"}},
	}
	for _, tt := range tests {
		f := files{"/bin/p": tt.program}
		for _, from := range []files{base, tt.more} {
			for p, content := range from {
				f[p] = content
			}
		}
		got, incomplete := hintsOf(t, f, "/bin/p")
		if d := cmp.Diff(tt.want, got); d != "" || len(incomplete) > 0 {
			t.Errorf("%s (-want +got):\n%s%q", tt.name, d, incomplete)
		}
	}
}

// TestHintsOfStatic has a static program, which may call dlopen all the same.
func TestHintsOfStatic(t *testing.T) {
	t.Parallel()
	f := files{hostInterpreter: loaderFile(debianStrings), "/lib/libq.so": lib("libq.so"), "/bin/s": image{noDynamic: true, rodata: "\x00libq.so\x00"}}
	got, incomplete := hintsOf(t, f, "/bin/s")
	if want := []string{"string /bin/s libq.so /lib/libq.so"}; !slices.Equal(got, want) || len(incomplete) > 0 {
		t.Errorf("%q %q", got, incomplete)
	}
}

// TestHostileHints has files made to hurt; what could not be read is told.
func TestHostileHints(t *testing.T) {
	t.Parallel()
	many := strings.Repeat(`{"soname":["l"]},`, 3000)
	tests := []struct {
		name   string
		im     image
		speaks string
		most   int // hints
	}{
		{"no JSON", image{dlopenNote: []string{"{"}}, "does not hold what it should", 0},
		{"no array", image{dlopenNote: []string{`{"soname":["libx.so"]}`}}, "does not hold what it should", 0},
		{"no soname", image{dlopenNote: []string{`[{"feature":"x"}]`}}, "without soname", 0},
		{"a long payload", image{dlopenNote: []string{strings.Repeat(" ", maxNotePayload+1)}}, "does not hold", 0},
		{"many entries", image{dlopenNote: []string{"[" + many[:len(many)-1] + "]"}}, "", maxHints},
		{"long notes", image{dlopenNote: slices.Repeat([]string{strings.Repeat(" ", maxNotePayload)}, maxNotes/maxNotePayload+1)}, "notes of", 0},
		{"nothing but ends of names", image{rodata: "\x00" + strings.Repeat(".so", scanStep)}, "too big to search", 0},
		{"many names", image{rodata: numbered(2 * maxHints)}, "", maxHints},
	}
	for _, tt := range tests {
		tt.im.interp = hostInterpreter
		root := fstest.MapFS{"bin/p": {Data: tt.im.build()}, hostInterpreter[1:]: {Data: []byte(loaderFile(debianStrings))}}
		l := NewLoader(root, Config{})
		c, err := l.Closure("/bin/p")
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		hints, incomplete := l.Hints(c)
		if len(hints) > tt.most || !strings.Contains(strings.Join(incomplete, "\n"), tt.speaks) || tt.speaks == "" && len(incomplete) > 0 {
			t.Errorf("%s: %d hints, %q", tt.name, len(hints), incomplete)
		}
	}
}

func numbered(n int) string {
	var s strings.Builder
	for i := range n {
		fmt.Fprintf(&s, "\x00lib%d.so", i)
	}
	return s.String() + "\x00"
}

// TestHintsOfStaticProgram has one that names the loader, as Go programs do: dlopen there
// maps it like any library.
func TestHintsOfStaticProgram(t *testing.T) {
	t.Parallel()
	static := image{rodata: "\x00" + hostInterpreter + "\x00libm.so.6\x00"}
	f := files{hostInterpreter: loaderFile(debianStrings), "/lib/ld-linux-x86-64.so.2 -> .." + hostInterpreter: nil, "/bin/static": static, "/lib/libm.so.6": lib("libm.so.6", "ld-linux-x86-64.so.2")}
	got, _ := hintsOf(t, f, "/bin/static")
	want := []string{
		"string /bin/static " + hostInterpreter + " " + hostInterpreter,
		"string /bin/static libm.so.6 /lib/libm.so.6",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	l := NewLoader(f.fs(t), Config{})
	c, err := l.Closure("/bin/static")
	if err != nil {
		t.Fatal(err)
	}
	added, err := l.Dlopen(c, "", "libm.so.6")
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"libm.so.6 /lib/libm.so.6 default", "ld-linux-x86-64.so.2 /lib/ld-linux-x86-64.so.2 default"}, inShort(added)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
