package symbolize

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nanodiag/nanodiag/tracelog"
)

// TestCompilerVariants crashes the same program built in many ways, natively, and
// explains it from a dump alone, moved to where Nanos puts programs.
func TestCompilerVariants(t *testing.T) {
	t.Parallel()
	gcc, err := exec.LookPath("gcc")
	if err != nil {
		t.Skip("gcc is not installed")
	}
	objcopy, copyErr := exec.LookPath("objcopy")
	lines := []string{"fill src/nullfield.c:4", "prepare src/nullfield.c:7", "main src/nullfield.c:12"}
	for _, tt := range []struct {
		name   string
		flags  string
		finish func(t *testing.T, program string) // after linking
		want   []string
		object string // how TopFrames begins, when functions have no names
	}{
		{name: "O1", flags: "-O1 -g", want: lines},
		{name: "O2", flags: "-O2 -g -fno-ipa-cp -fno-ipa-sra", want: lines},
		{name: "frame pointers", flags: "-O1 -g -fno-omit-frame-pointer", want: lines},
		{name: "dwarf 4", flags: "-O1 -gdwarf-4", want: lines},
		{name: "dwarf 3", flags: "-O1 -gdwarf-3 -gstrict-dwarf", want: lines},
		{name: "compressed", flags: "-O1 -g -gz=zlib", want: lines},
		{name: "sections", flags: "-O1 -g -ffunction-sections", want: lines},
		{name: "not PIE", flags: "-O1 -g -no-pie", want: lines},
		{name: "lazy binding, no RELRO", flags: "-O1 -g -Wl,-z,lazy -Wl,-z,norelro", want: lines},
		{name: "no debug information", flags: "-O1", want: []string{"fill", "prepare", "main"}},
		{name: "separate debug file", flags: "-O1 -g -Wl,--build-id=none", want: lines, finish: func(t *testing.T, program string) {
			if copyErr != nil {
				t.Skip("objcopy is not installed (package binutils)")
			}
			debug := program + ".debug"
			run(t, objcopy, "--only-keep-debug", program, debug)
			run(t, objcopy, "--strip-all", "--add-gnu-debuglink="+debug, program)
		}},
		{name: "stripped", flags: "-O1", want: []string{"", "", ""}, object: "program+0x", finish: func(t *testing.T, program string) {
			if copyErr != nil {
				t.Skip("objcopy is not installed (package binutils)")
			}
			run(t, objcopy, "--strip-all", program)
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			program := filepath.Join(t.TempDir(), "program")
			args := append(strings.Fields(tt.flags), "-w", "-include", "dump.h", "-o", program, "./nullfield.c", "-ffile-prefix-map=./=src/")
			cmd := exec.Command(gcc, args...)
			cmd.Dir = "testdata/src"
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Skipf("gcc cannot build this variant: %v\n%s", err, out)
			}
			if tt.finish != nil {
				tt.finish(t, program)
			}
			r, err := Explain(Input{Crash: nativeDump(t, program), ProgramHost: program})
			if err != nil {
				t.Fatal(err)
			}
			if r.Kind != KindNullField {
				t.Errorf("kind %v (%s), want %v", r.Kind, r.What, KindNullField)
			}
			got := own(r)
			if n := len(tt.want); len(got) > n && got[n] != "" { // words further out on the stack
				got = got[:n]
			}
			if len(got) > 3 {
				got = got[:3]
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("frames (-want +got):\n%s", diff)
			}
			if top := r.TopFrames(3); tt.object != "" && (len(top) == 0 || !strings.HasPrefix(top[0], tt.object)) {
				t.Errorf("top frames %q, want them to begin with %q", top, tt.object)
			}
		})
	}
}

func run(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
}

// nativeDump runs a program built with dump.h and reads its dump, with every address in
// a PIE moved to a page where Nanos could have put it.
func nativeDump(t *testing.T, program string) *tracelog.Crash {
	t.Helper()
	out, err := exec.Command(program).Output()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 9 {
		t.Fatalf("%s: %v, want a crash\n%s", program, err, out)
	}
	l, err := tracelog.Read(bytes.NewReader(out))
	if err != nil || l.Crash == nil {
		t.Fatalf("no dump: %v\n%s", err, out)
	}
	f, err := elf.Open(program)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	c := l.Crash
	if f.Type != elf.ET_DYN {
		return c
	}
	var from uint64
	for line := range strings.Lines(string(out)) {
		var path string
		var at uint64
		if n, _ := fmt.Sscanf(line, "native %s %x", &path, &at); n == 2 && filepath.Base(path) == "program" && from == 0 {
			from = at
		}
	}
	st, err := os.Stat(program)
	if err != nil || from == 0 {
		t.Fatalf("program not in its own maps: %v\n%s", err, out)
	}
	move := func(v *uint64) {
		if *v >= from && *v-from < uint64(st.Size())+1<<16 {
			*v = *v - from + programBase + 417*pageSize
		}
	}
	move(&c.RIP)
	for name, v := range c.Regs {
		move(&v)
		c.Regs[name] = v
	}
	for i := range c.Stack {
		move(&c.Stack[i].Value)
	}
	return c
}
