package elfdeps

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFindLibraryNames(t *testing.T) {
	t.Parallel()
	tests := []struct {
		in   string
		want string // separated by spaces
	}{
		{"\x00libgomp.so.1\x00", "libgomp.so.1"},
		{"\x00libc++abi.so\x00libfoo-1.2.so.1.2.3\x00", "libc++abi.so libfoo-1.2.so.1.2.3"},
		{"\x00/usr/lib/ossl-modules/legacy.so\x00", "/usr/lib/ossl-modules/legacy.so"},
		{"\x00libnss_%s.so.%d\x00%s/libnss_%s.so%s\x00", "libnss_%s.so.%d %s/libnss_%s.so%s"},
		{"\x00$ORIGIN/../lib/libx.so\x00", "$ORIGIN/../lib/libx.so"},
		{"\x00cannot open libgomp.so.1: %s\x00", "libgomp.so.1"},
		{"\x00see libgomp.so.\x00\"libq.so\"\x00", "libgomp.so libq.so"},
		{"\x00libx.sort\x00libx.solution\x00lib.so\x00.so\x00foo.so\x00", ""},
		{"wordlibgomp.so.1libcuda.solibz.so.1more", "libgomp.so.1 libcuda.so libz.so.1"},
		{"\x00plugins/libx.so\x00", "libx.so"},
		{"\x00" + strings.Repeat("a", 300) + "libx.so\x00", ""},
	}
	for _, tt := range tests {
		var got []string
		findLibraryNames([]byte(tt.in), true, true, func(name string, at int) {
			if tt.in[at:at+len(name)] != name {
				t.Errorf("%q: %q is not at %d", tt.in, name, at)
			}
			got = append(got, name)
		})
		if d := cmp.Diff(tt.want, strings.Join(got, " ")); d != "" {
			t.Errorf("%q (-want +got):\n%s", tt.in, d)
		}
	}
}

// TestNamesAcrossSteps has a name at each place where two reads meet.
func TestNamesAcrossSteps(t *testing.T) {
	t.Parallel()
	const name = "/opt/lib/libacross.so.12"
	for shift := range nameEdge + 2*len(name) {
		im := image{}
		im.rodata = "\x00" + strings.Repeat("x", scanStep-shift) + "\x00" + name + "\x00" + strings.Repeat("y", scanStep)
		p := new(parser)
		if _, err := p.parse(bytes.NewReader(im.build())); err != nil {
			t.Fatal(err)
		}
		budget := int64(maxScan)
		found, cut, err := p.libraryStrings(p.sections(), &budget)
		if len(found) != 1 || found[0].name != name || cut || err != nil {
			t.Errorf("shift %d: %v %v %v", shift, found, cut, err)
		}
	}
	budget := int64(10)
	p := new(parser)
	if _, err := p.parse(bytes.NewReader(image{rodata: strings.Repeat("x", 2*scanStep)}.build())); err != nil {
		t.Fatal(err)
	}
	if _, cut, _ := p.libraryStrings(p.sections(), &budget); !cut {
		t.Error("a file beyond the budget is not told")
	}
}
