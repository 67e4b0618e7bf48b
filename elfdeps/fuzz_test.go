package elfdeps

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// FuzzParse checks that Parse never panics, gives either a file or an error, and only
// errors of the kinds it promises; and that the loader takes whatever it gives. The seeds
// in testdata/fuzz reach every part of the parser.
func FuzzParse(f *testing.F) {
	addCorpus(f, "FuzzParse")
	f.Fuzz(func(t *testing.T, b []byte) {
		file, err := Parse(bytes.NewReader(b))
		if (file == nil) != (err != nil) {
			t.Fatalf("file %v and error %v", file, err)
		}
		var format *FormatError
		if err != nil && !errors.Is(err, ErrNotELF) && !errors.As(err, &format) {
			t.Fatalf("an error of another kind: %v", err)
		}
		if file != nil {
			total := 0
			for _, n := range file.needs {
				total += len(n.name) + 1
			}
			if len(file.needs) > maxNeeds || total > maxStringTotal {
				t.Fatalf("%d libraries needed, %d bytes", len(file.needs), total)
			}
		}
		root := fstest.MapFS{
			"bin/p":               {Data: program(lib("", "libfuzz.so")).build()},
			"lib/libfuzz.so":      {Data: b},
			hostInterpreter[1:]:   {Data: []byte(loaderFile(debianStrings))},
			"lib/libc.so.6":       {Data: lib("libc.so.6").build()},
			"bin/itself":          {Data: b},
			"lib/ld-musl-x.so.1":  {Data: b},
			"etc/ld.so.preload":   {Data: []byte("libfuzz.so")},
			"etc/ld-musl-x.path":  {Data: b},
			"usr/lib/libloop.so":  {Data: b},
			"usr/lib/libother.so": {Data: b},
		}
		l := NewLoader(root, Config{LibraryPath: "lib:$ORIGIN", HWCaps: []string{"x86-64-v3"}})
		for _, p := range []string{"/bin/p", "/bin/itself"} {
			c, err := l.Closure(p)
			if (c == nil) != (err != nil) {
				t.Fatalf("%s: closure %v and error %v", p, c, err)
			}
			if c != nil {
				c.Tree()
				c.Chain("libc.so.6")
				c.TreeTo("libc.so.6")
				c.Needs()
				l.Hints(c)
				if _, err := l.Dlopen(c, "", "libother.so"); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}

// FuzzLibraryNames checks that what is found among constants is there, and that reading
// in two parts never finds a name that reading at once does not.
func FuzzLibraryNames(f *testing.F) {
	addCorpus(f, "FuzzLibraryNames")
	for _, s := range []string{"\x00libgomp.so.1\x00", "no libx.so.%d: libq.so\"", "wordlibgomp.so.1libcuda.so/usr/lib/x.so\x00", "%s/lib%s.so%s", ".so.so.1"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		whole := map[string]bool{}
		findLibraryNames(b, true, true, func(name string, at int) {
			if at < 0 || at+len(name) > len(b) || string(b[at:at+len(name)]) != name || !strings.Contains(name, ".so") {
				t.Fatalf("%q at %d", name, at)
			}
			whole[name] = true
		})
		findLibraryNames(b[:len(b)/2], true, false, func(name string, _ int) {
			if !whole[name] {
				t.Errorf("half finds %q", name)
			}
		})
	})
}

// FuzzReadCache checks that reading and searching a cache never panic, and that what was
// read can be written and read again.
func FuzzReadCache(f *testing.F) {
	addCorpus(f, "FuzzReadCache")
	if b, err := os.ReadFile("/etc/ld.so.cache"); err == nil && len(b) < 1<<20 {
		f.Add(b)
	}
	rank := map[string]int{"x86-64-v3": 1, "x86-64-v2": 2}
	f.Fuzz(func(t *testing.T, b []byte) {
		entries, err := ReadCache(b)
		c, cerr := openCache(b)
		if (err != nil) != (cerr != nil) || err != nil && entries != nil {
			t.Fatalf("entries %v, errors %v and %v", entries, err, cerr)
		}
		if err != nil {
			return
		}
		for _, name := range []string{"libm.so.6", "liba.so", "lib", ""} {
			c.lookup(name, 0x303, rank, 3)
			c.lookup(name, 3, nil, 0)
		}
		again, err := EncodeCache(entries)
		if err != nil {
			return // names that no cache should hold
		}
		back, err := ReadCache(again)
		if err != nil {
			t.Fatal(err)
		}
		if len(back) != len(entries) {
			t.Fatalf("%d entries became %d", len(entries), len(back))
		}
		once, err := EncodeCache(back)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(again, once); d != "" {
			t.Fatalf("writing is not stable:\n%s", d)
		}
	})
}
