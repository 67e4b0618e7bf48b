package elfdeps

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestFilterOfTheFirst has libraries given as the program, as ldd takes them: glibc puts
// what they name by DT_FILTER and DT_AUXILIARY before the head of its list, so that it is
// mapped, brings its own needs, and is not listed.
func TestFilterOfTheFirst(t *testing.T) {
	t.Parallel()
	inner := lib("liba.so", "libinner.so")
	tests := []struct {
		name  string
		first image
		files files
		want  []string
	}{
		{"a filter", image{filter: []string{"liba.so"}, needed: []string{"libb.so"}}, files{"/lib/liba.so": inner}, []string{"libb.so /lib/libb.so default", "libinner.so /lib/libinner.so default"}},
		{"a missing filter", image{filter: []string{"liba.so"}, needed: []string{"libb.so"}}, nil, []string{"libb.so /lib/libb.so default"}},
		{"a filter that is no ELF", image{filter: []string{"liba.so"}, needed: []string{"libb.so"}}, files{"/lib/liba.so": ""}, []string{"libb.so /lib/libb.so default", "liba.so missing: /lib/liba.so: file too short (not an ELF file: the file is empty)"}},
		{"a filter that is needed, too, is loaded twice", image{auxiliary: []string{"liba.so"}, needed: []string{"libb.so", "liba.so"}}, files{"/lib/liba.so": lib("liba.so")}, []string{"libb.so /lib/libb.so default", "liba.so /lib/liba.so default"}},
		{"what another library names is listed before it", image{needed: []string{"libc.so"}}, files{"/lib/libc.so": image{soname: "libc.so", filter: []string{"libb.so"}}}, []string{"libb.so /lib/libb.so default", "libc.so /lib/libc.so default"}},
	}
	for _, tt := range tests {
		f := files{hostInterpreter: loaderFile(debianStrings), "/lib/first.so": tt.first, "/lib/libb.so": lib("libb.so"), "/lib/libinner.so": lib("libinner.so")}
		for name, content := range tt.files {
			f[name] = content
		}
		c, err := NewLoader(f.fs(t), Config{}).Closure("/lib/first.so")
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if d := cmp.Diff(tt.want, inShort(c)); d != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, d)
		}
	}
}

// TestFilterCircle would have glibc load liba.so until its stack is full.
func TestFilterCircle(t *testing.T) {
	t.Parallel()
	circle := image{filter: []string{"liba.so"}, needed: []string{"libb.so"}}
	f := files{hostInterpreter: loaderFile(debianStrings), "/lib/first.so": circle, "/lib/liba.so": circle, "/lib/libb.so": lib("libb.so")}
	if c, err := NewLoader(f.fs(t), Config{}).Closure("/lib/first.so"); c != nil || err == nil {
		t.Errorf("%v, %v", c, err)
	}
}
