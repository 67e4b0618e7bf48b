package report

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/nanodiag/nanodiag/elfdeps"
)

func sampleClosure() *elfdeps.Closure {
	return &elfdeps.Closure{
		Program: &elfdeps.File{Path: "/bin/p"},
		Objects: []*elfdeps.Object{
			{Soname: "liba.so", Path: "/usr/lib/liba.so", FoundBy: elfdeps.ByDefault, HWCaps: true, File: &elfdeps.File{
				Path:    "/usr/lib/liba.so",
				Verneed: []elfdeps.VersionNeed{{Library: "libc.so.6", Versions: []elfdeps.NeededVersion{{Name: "GLIBC_2.34"}}}},
			}},
			{Soname: "lib\x1b[2J.so", Path: "/lib\nx", FoundBy: elfdeps.ByCache},
		},
		Missing:        []elfdeps.Missing{{Soname: "libm32.so", NeededBy: []string{"/bin/p"}, Tried: []string{"/lib/libm32.so"}, Reason: "wrong ELF class: ELFCLASS32"}},
		PreloadMissing: []elfdeps.Missing{{Soname: "libpre.so", NeededBy: []string{"LD_PRELOAD"}}},
		VersionMissing: []elfdeps.VersionMissing{{Object: "/lib/libc.so.6", NeededBy: "/bin/p", Version: "GLIBC_2.99"}},
	}
}

// TestDepsFlat has names that would steer a terminal.
func TestDepsFlat(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	w := NewDepsText(&b, false)
	w.Flat(sampleClosure())
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	want := `  liba.so => /usr/lib/liba.so (default, glibc-hwcaps)
  lib\x1b[2J.so => /lib\nx (ld.so.cache)
  libm32.so => not found, needed by /bin/p: wrong ELF class: ELFCLASS32
      tried /lib/libm32.so
  /lib/libc.so.6 lacks the version GLIBC_2.99, needed by /bin/p
  libpre.so => not found, preloaded by LD_PRELOAD
  needs glibc 2.34, for /usr/lib/liba.so
`
	if d := cmp.Diff(want, b.String()); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// TestDepsColour checks that colours change nothing but the colours.
func TestDepsColour(t *testing.T) {
	t.Parallel()
	text := func(colour bool) string {
		var b strings.Builder
		w := NewDepsText(&b, colour)
		w.Name("p")
		w.Flat(sampleClosure())
		w.Hints(sampleHints(), nil)
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	plain, painted := text(false), text(true)
	if !strings.Contains(painted, "\x1b[1;31mnot found\x1b[0m") {
		t.Errorf("what is missing is not red: %q", painted)
	}
	for _, sgr := range []string{bold, red, yellow, dim, "0"} {
		painted = strings.ReplaceAll(painted, "\x1b["+sgr+"m", "")
	}
	if d := cmp.Diff(plain, painted); d != "" {
		t.Errorf("(-plain +painted):\n%s", d)
	}
}

func sampleHints() []elfdeps.Hint {
	return []elfdeps.Hint{
		{Kind: elfdeps.HintNote, Object: "/bin/p", Names: []string{"libq.so.4", "libq.so.3"}, Feature: "qr", Priority: "suggested", Description: "codes\x07", Evidence: ".note.dlopen at 0x10", Found: "/lib/libq.so.3"},
		{Kind: elfdeps.HintFamily, Object: "/lib/libva.so", Names: []string{"/lib/dri/*_drv_video.so"}, Feature: "va", Evidence: "libva.so.2 in the closure, 7 files there"},
		{Kind: elfdeps.HintImport, Object: "/bin/p", Names: []string{"dlopen"}, Evidence: "undefined symbol dlopen"},
		{Kind: elfdeps.HintString, Object: "/bin/p", Names: []string{"libgone.so"}, Evidence: "constant at 0x20"},
		{Kind: elfdeps.HintString, Object: "/bin/p", Names: []string{"libp_%s.so"}, Evidence: "constant at 0x30"},
	}
}

func TestDepsHints(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	w := NewDepsText(&b, false)
	w.Hints(sampleHints(), []string{"/lib/libbig.so: too big to search all of its constants"})
	w.Hints(nil, nil)
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	want := `  possible at run time (signs in the files; nothing was run)
  /bin/p
    note    libq.so.4 or libq.so.3 => /lib/libq.so.3 (qr; suggested; codes\x07; .note.dlopen at 0x10)
    import  dlopen
    string  libgone.so => not found (constant at 0x20)
    string  libp_%s.so (constant at 0x30)
  /lib/libva.so
    family  /lib/dri/*_drv_video.so (va; libva.so.2 in the closure, 7 files there)
  not checked: /lib/libbig.so: too big to search all of its constants
  no sign of a library that is loaded at run time
`
	if d := cmp.Diff(want, b.String()); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// TestDepsGraphQuotes has names with the characters that end a label.
func TestDepsGraphQuotes(t *testing.T) {
	t.Parallel()
	g := DepsGraph{
		nodes: []graphNode{{label: `/bin/"p"\`, program: true}, {label: "lib<#>.so", missing: true}},
		edges: [][2]int{{0, 1}},
	}
	var dot, mermaid strings.Builder
	if err := g.DOT(&dot); err != nil {
		t.Fatal(err)
	}
	if err := g.Mermaid(&mermaid); err != nil {
		t.Fatal(err)
	}
	wantDOT := `digraph deps {
  rankdir=LR
  node [shape=box]
  n0 [label="/bin/\"p\"\\", style=bold]
  n1 [label="lib<#>.so", color=red, fontcolor=red, style=dashed]
  n0 -> n1
}
`
	wantMermaid := `flowchart LR
  n0["/bin/#quot;p#quot;\"]
  n1["lib#lt;#35;#gt;.so"]
  n0 --> n1
  classDef missing stroke:#c00,color:#c00,stroke-dasharray:4
  class n1 missing
`
	if d := cmp.Diff(wantDOT, dot.String()) + cmp.Diff(wantMermaid, mermaid.String()); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
