package symbolize

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nanodiag/nanodiag/tracelog"
)

// recordedDir holds programs and the logs of their crashes; see testdata/record.sh.
const recordedDir = "testdata/recorded"

// recording reads a log, with the program that crashed in it.
func recording(t testing.TB, log, program string) Input {
	t.Helper()
	f, err := os.Open(filepath.Join(recordedDir, log+".log"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	l, err := tracelog.Read(f)
	if err != nil {
		t.Fatal(err)
	}
	if l.Crash == nil {
		t.Fatalf("%s: no crash dump", log)
	}
	root, err := filepath.Abs(recordedDir)
	if err != nil {
		t.Fatal(err)
	}
	return Input{
		Crash: l.Crash, Events: l.Events, ProgramHost: filepath.Join(root, program),
		NoASLR:    strings.HasSuffix(log, "-noaslr"),
		Libraries: []string{"/plugins/libcrash.so", "/lib/x86_64-linux-gnu/libc.so.6"},
		Host: func(guest string) string {
			if p := filepath.Join(root, guest); exists(p) {
				return p
			}
			return guest // libc, where this system's is the one of the recording
		},
	}
}

func exists(p string) bool {
	_, err := os.Stat(p)
	return err == nil
}

// own lists the frames in the recorded programs and plugins: "fill src/nullfield.c:4".
// What is uncertain has a question mark.
func own(r *Report) []string {
	var out []string
	for _, f := range r.Frames {
		if f.Object == "" || machinery(f.Object) || roleIs(&f, roleStart) {
			continue
		}
		s := f.Symbol
		if f.File != "" {
			s += " " + f.File[strings.LastIndex(f.File, "src/"):] + ":" + strconv.Itoa(f.Line)
		}
		if !f.Certain {
			s += " ?"
		}
		out = append(out, s)
	}
	return out
}

func roleIs(f *Frame, want role) bool {
	r, _ := roleOf(f)
	return r == want
}

// TestRecorded explains crashes recorded on the real kernel.
func TestRecorded(t *testing.T) {
	t.Parallel()
	const nullWrite = "writes address 0x10, 16 bytes into something at NULL"
	fill := []string{"fill src/nullfield.c:4", "prepare src/nullfield.c:7", "main src/nullfield.c:12"}
	sum := []string{"sum src/libcrash.c:5", "library_sum src/libcrash.c:9"}
	for _, tt := range []struct {
		log     string
		signal  string
		kind    Kind
		what    string // how it begins
		from    From   // of the program
		frames  []string
		top     []string // "" for the default: the functions of frames
		feature string
		libc    bool // the stack goes through libc: needs the recording's own
	}{
		{log: "nullfield", signal: "SIGSEGV", kind: KindNullField, what: nullWrite + " (from rdi)", from: FromTrace, frames: fill},
		{log: "nullfield-console", signal: "SIGSEGV", kind: KindNullField, what: nullWrite, from: FromInferred, frames: fill},
		{log: "nullfield-symbols", signal: "SIGSEGV", kind: KindNullField, what: nullWrite, from: FromInferred, frames: fill},
		{log: "fixed", signal: "SIGSEGV", kind: KindNullField, what: nullWrite, from: FromFixed, frames: fill},
		{log: "template", signal: "SIGSEGV", kind: KindNullField, what: "reads address 0x8, 8 bytes into something at NULL", from: FromTrace,
			frames: []string{"store::Box<std::__cxx11::basic_string<char, std::char_traits<char>, std::allocator<char> > >::get src/template.cpp:7", "main src/template.cpp:13"}},
		{log: "inlib", signal: "SIGSEGV", kind: KindUnmapped, what: "reads address 0x5550000000 (from rax), where nothing is mapped", from: FromTrace,
			frames: append(slices.Clone(sum), "main src/inlib.c:5")},
		{log: "plugin", signal: "SIGSEGV", kind: KindNullField, what: "reads address 0x8", from: FromTrace,
			frames: append(slices.Clone(sum), "main src/plugin.c:7")},
		{log: "plugin-old", signal: "SIGSEGV", kind: KindNullField, what: "reads address 0x8", from: FromTrace,
			frames: append(slices.Clone(sum), "main src/plugin.c:7")},
		{log: "plugin-console", signal: "SIGSEGV", kind: KindNullField, what: "reads address 0x8", from: FromInferred,
			frames: []string{"sum src/libcrash.c:5 ?", "library_sum src/libcrash.c:9 ?", "main src/plugin.c:7 ?"},
			top:    []string{"libcrash.so!sum", "libcrash.so!library_sum", "plugin!main"}},
		{log: "plugin-noaslr", signal: "SIGSEGV", kind: KindNullField, what: "reads address 0x8", from: FromNoASLR,
			frames: []string{"sum src/libcrash.c:5 ?", "library_sum src/libcrash.c:9 ?", "main src/plugin.c:7 ?"},
			top:    []string{"libcrash.so!sum", "libcrash.so!library_sum", "plugin!main"}},
		{log: "nullcall", signal: "SIGSEGV", kind: KindNullCall, from: FromTrace,
			what:   "calls a function pointer that is NULL; loading libmissing_backend.so.3 had failed before",
			frames: []string{"start src/nullcall.c:6", "main src/nullcall.c:10"}},
		{log: "nullcall-old", signal: "SIGSEGV", kind: KindNullCall, from: FromTrace,
			what:   "calls a function pointer that is NULL; loading libmissing_backend.so.3 had failed before",
			frames: []string{"start src/nullcall.c:6", "main src/nullcall.c:10"}},
		{log: "weak", signal: "SIGSEGV", kind: KindNullCall, what: "calls optional_hook, a weak function that no loaded library has", from: FromTrace,
			frames: []string{"run src/weak.c:4", "main src/weak.c:8"}},
		{log: "unloaded", signal: "SIGSEGV", kind: KindUnloaded, what: "jumps into /plugins/libcrash.so, which was unloaded by then", from: FromTrace,
			frames: []string{"library_sum src/libcrash.c:9", "main src/unloaded.c:8"}},
		{log: "unloaded-old", signal: "SIGSEGV", kind: KindUnloaded, what: "jumps into /plugins/libcrash.so, which was unloaded by then", from: FromTrace,
			frames: []string{"library_sum src/libcrash.c:9", "main src/unloaded.c:8"}},
		{log: "jumpdata", signal: "SIGSEGV", kind: KindNoExec, what: "jumps to 0x", from: FromTrace,
			frames: []string{"table", "call src/jumpdata.c:4", "main src/jumpdata.c:8"}},
		{log: "readonly", signal: "SIGSEGV", kind: KindProtected, what: "writes address 0x", from: FromTrace,
			frames: []string{"poke src/readonly.c:4", "main src/readonly.c:8"}},
		{log: "garbage", signal: "SIGSEGV", kind: KindNonCanonical, what: "uses address 0x6c6c6548206f6c6d (from rdi), which no page can have", from: FromTrace,
			frames: []string{"follow src/garbage.c:3", "main src/garbage.c:7"}},
		{log: "unaligned", signal: "SIGSEGV", kind: KindUnaligned, what: "an SSE instruction that demands alignment", from: FromTrace,
			frames: []string{"store src/unaligned.c:3", "main src/unaligned.c:8"}},
		{log: "halt", signal: "SIGSEGV", kind: KindPrivileged, what: "an instruction that only a kernel may execute", from: FromTrace,
			frames: []string{"main src/halt.c:4"}},
		{log: "recursion", signal: "SIGSEGV", kind: KindStackOverflow, from: FromTrace,
			what:   "the main thread's stack (2 MB in the guest) overflowed: descend calls itself",
			frames: []string{"descend src/recursion.c:4"}},
		{log: "threadstack", signal: "SIGSEGV", kind: KindStackOverflow, what: "a thread's stack overflowed: deeper calls itself", from: FromTrace,
			frames: []string{"deeper src/threadstack.c:5", "deeper src/threadstack.c:6"}, top: []string{"threadstack!deeper"}},
		{log: "fileend", signal: "SIGBUS", kind: KindFileEnd, what: "touches byte 12288 of the mapped file /data.bin, which has 100", from: FromTrace,
			frames: []string{"touch src/fileend.c:5", "main src/fileend.c:10"}},
		{log: "trap", signal: "SIGILL", kind: KindTrap, what: "deliberate trap (ud2)", from: FromTrace,
			frames: []string{"never src/trap.c:4", "main src/trap.c:9"}},
		{log: "avx512", signal: "SIGILL", kind: KindFeature, what: "an instruction that needs AVX-512F", feature: "AVX-512F", from: FromTrace,
			frames: []string{"wide src/avx512.c:3", "main src/avx512.c:8"}},
		{log: "divide", signal: "SIGFPE", kind: KindDivide, what: "integer division by zero", from: FromTrace,
			frames: []string{"share src/divide.c:3", "main src/divide.c:7"}},
		{log: "strlen", signal: "SIGSEGV", kind: KindNull, what: "reads address 0: a NULL pointer", from: FromTrace, libc: true,
			frames: []string{"length src/strlen.c:5", "main src/strlen.c:10"}},
		{log: "abort", signal: "SIGABRT", kind: KindAbort, what: "the program aborted itself", libc: true, top: []string{"libc.so.6!abort"}},
	} {
		t.Run(tt.log, func(t *testing.T) {
			t.Parallel()
			program, _, _ := strings.Cut(tt.log, "-")
			in := recording(t, tt.log, program)
			r, err := Explain(in)
			if err != nil {
				t.Fatal(err)
			}
			if tt.libc && slices.ContainsFunc(r.Incomplete, func(s string) bool { return strings.Contains(s, "libc.so.6") }) {
				t.Skip("the C library of this system is not the one of the recording")
			}
			if r.Signal != tt.signal || r.Kind != tt.kind || !strings.HasPrefix(r.What, tt.what) || r.Feature != tt.feature {
				t.Errorf("got %s %v %q %q, want %s %v %q %q", r.Signal, r.Kind, r.What, r.Feature, tt.signal, tt.kind, tt.what, tt.feature)
			}
			if diff := cmp.Diff(tt.frames, own(r)); diff != "" {
				t.Errorf("frames (-want +got):\n%s", diff)
			}
			if tt.top == nil {
				for _, f := range r.Frames {
					if f.Object != "" && !machinery(f.Object) && !roleIs(&f, roleStart) {
						tt.top = append(tt.top, filepath.Base(f.Object)+"!"+f.Symbol)
					}
				}
			}
			if diff := cmp.Diff(tt.top, r.TopFrames(10)); diff != "" {
				t.Errorf("top frames (-want +got):\n%s", diff)
			}
			for _, b := range r.Bases {
				if b.Object == "/"+program && b.From != tt.from {
					t.Errorf("load address of %s from %s, want %s", b.Object, b.From, tt.from)
				}
			}
		})
	}
}

// TestAgreesWithAddr2line compares function and line of every frame with binutils.
func TestAgreesWithAddr2line(t *testing.T) {
	t.Parallel()
	tool, err := exec.LookPath("addr2line")
	if err != nil {
		t.Skip("addr2line is not installed (package binutils)")
	}
	logs, err := filepath.Glob(filepath.Join(recordedDir, "*.log"))
	if err != nil || len(logs) < 20 {
		t.Fatalf("recordings: %d, %v", len(logs), err)
	}
	for _, p := range logs {
		log := strings.TrimSuffix(filepath.Base(p), ".log")
		program, _, _ := strings.Cut(log, "-")
		in := recording(t, log, program)
		r, err := Explain(in)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range r.Frames {
			if f.File == "" || f.Inlined {
				continue
			}
			object := in.Host(f.Object)
			out, err := exec.Command(tool, "-C", "-f", "-e", object, strconv.FormatUint(f.lookupAddr(), 16)).Output()
			if err != nil {
				t.Fatal(err)
			}
			name, line, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
			line, _, _ = strings.Cut(line, " (")
			name, _, _ = strings.Cut(name, "(")
			if want := f.File + ":" + strconv.Itoa(f.Line); !strings.HasSuffix(line, want) || name != f.Symbol {
				t.Errorf("%s: %s at %s; addr2line says %s at %s", log, f.Symbol, want, name, line)
			}
		}
	}
}
