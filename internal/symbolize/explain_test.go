package symbolize

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nanodiag/nanodiag/strace"
	"github.com/nanodiag/nanodiag/tracelog"
)

// TestWithoutFiles explains dumps when no file is at hand.
func TestWithoutFiles(t *testing.T) {
	t.Parallel()
	fault := func(addr, rip, code uint64) *tracelog.Crash {
		return &tracelog.Crash{Signal: 11, Code: 1, HasFault: true, Fault: addr, Vector: vectorPage, ErrorCode: code, RIP: rip, RSP: 0xffd00000,
			Stack: []tracelog.StackWord{{Addr: 0xffd00000, Value: 0x401000}}}
	}
	for _, tt := range []struct {
		name  string
		crash *tracelog.Crash
		kind  Kind
		what  string
	}{
		{"null", fault(0, 0x401000, 4), KindNull, "reads address 0: a NULL pointer"},
		{"field", fault(0x18, 0x401000, 6), KindNullField, "writes address 0x18, 24 bytes into something at NULL"},
		{"before null", fault(^uint64(7), 0x401000, 4), KindNullField, "reads address 0xfffffffffffffff8, 8 bytes before something at NULL"},
		{"null call", fault(0, 0, 0x14), KindNullCall, "calls a function pointer that is NULL"},
		{"near-null call", fault(0x20, 0x20, 0x14), KindNullCall, "jumps to address 0x20, near NULL"},
		{"wild jump", fault(0x34080495b0, 0x34080495b0, 0x14), KindWildJump, "jumps to 0x34080495b0, where nothing is mapped"},
		{"jump to data", fault(0x796038, 0x796038, 0x15), KindNoExec, "jumps to 0x796038, memory that is not executable"},
		{"push on a full stack", fault(0xffcffff8, 0x401000, 6), KindStackOverflow, "the main thread's stack (2 MB in the guest) overflowed"},
		{"large frame on a full stack", fault(0xffcf8000, 0x401000, 6), KindStackOverflow, "the main thread's stack (2 MB in the guest) overflowed"},
		{"far from everything", fault(0x5550000000, 0x401000, 4), KindUnmapped, "reads address 0x5550000000, where nothing is mapped"},
		{"general protection", &tracelog.Crash{Signal: 11, Code: 128, Vector: vectorGP, RIP: 0x401000}, KindNonCanonical, "uses an address that no page can have: garbage in a pointer"},
		{"out of memory", &tracelog.Crash{Signal: 7, Code: 2, HasFault: true, Fault: 0x1000000, Vector: vectorPage, RIP: 0x401000}, KindNoMemory, "the page at 0x1000000 could not be filled: memory ran out"},
		{"illegal", &tracelog.Crash{Signal: 4, Code: 1, RIP: 0x401000}, KindUnknown, "an instruction that the guest's CPU does not have, or a deliberate trap"},
		{"abort", &tracelog.Crash{Signal: 6, Code: -6, RIP: 0x401000}, KindAbort, "the program aborted itself"},
		{"kill", &tracelog.Crash{Signal: 11, Code: 0, RIP: 0x401000}, KindRaised, "the program sent itself SIGSEGV"},
		{"kernel", &tracelog.Crash{Kernel: true, RIP: 0xffffffff80001000, RIPSymbol: "runloop_internal + 0000000000000040/0000000000000300"}, KindKernel, "the Nanos kernel itself faulted, in runloop_internal"},
		{"nothing", &tracelog.Crash{}, KindUnknown, "ended by a signal that the log does not name"},
	} {
		r, err := Explain(Input{Crash: tt.crash})
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if r.Kind != tt.kind || r.String() != tt.what {
			t.Errorf("%s: got %v %q, want %v %q", tt.name, r.Kind, r.String(), tt.kind, tt.what)
		}
	}
	if r, err := Explain(Input{}); r != nil || !errors.Is(err, errNoCrash) {
		t.Errorf("no crash: %v, %v", r, err)
	}
}

// TestHostileFiles gives Explain what is no program.
func TestHostileFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	good, err := os.ReadFile(filepath.Join(recordedDir, "nullfield"))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{"directory": dir, "absent": filepath.Join(dir, "none")}
	for name, content := range map[string][]byte{
		"empty": nil, "text": []byte("#!/bin/sh\n"), "header only": good[:64], "half": good[:len(good)/2],
		"32 bit": slices.Concat(good[:4], []byte{1}, good[5:]), "aarch64": slices.Concat(good[:18], []byte{0xb7}, good[19:]),
	} {
		p := filepath.Join(dir, strings.ReplaceAll(name, " ", "-"))
		if err := os.WriteFile(p, content, 0o600); err != nil {
			t.Fatal(err)
		}
		files[name] = p
	}
	for name, p := range files {
		in := recording(t, "nullfield", "nullfield")
		in.ProgramHost = p
		r, err := Explain(in)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if r.Kind != KindNullField {
			t.Errorf("%s: kind %v", name, r.Kind)
		}
		if len(r.Incomplete) == 0 {
			t.Errorf("%s: the report does not say that the program could not be used", name)
		}
	}
}

// TestOtherBuild: a file that is not the one that crashed must not lend it names.
func TestOtherBuild(t *testing.T) {
	t.Parallel()
	in := recording(t, "plugin", "plugin")
	host := in.Host
	in.Host = func(guest string) string {
		if guest == "/plugins/libcrash.so" {
			return filepath.Join(filepath.Dir(in.ProgramHost), "template")
		}
		return host(guest)
	}
	r, err := Explain(in)
	if err != nil {
		t.Fatal(err)
	}
	if f := r.Frames[0]; f.Symbol != "" || f.Object != "/plugins/libcrash.so" {
		t.Errorf("frame 0 is %v", f)
	}
	if !slices.Contains(r.Incomplete, "/plugins/libcrash.so on this host is another build than the one in the guest") {
		t.Errorf("incomplete: %q", r.Incomplete)
	}
	in = recording(t, "divide", "garbage")
	if r, err = Explain(in); err != nil {
		t.Fatal(err)
	}
	if len(r.Incomplete) == 0 {
		t.Error("the report does not say that another program crashed")
	}
}

func TestTopFrames(t *testing.T) {
	t.Parallel()
	frame := func(object, symbol string, certain bool) Frame {
		return Frame{Object: object, Symbol: symbol, Certain: certain, Rel: 0x1234}
	}
	libc := "/lib/x86_64-linux-gnu/libc.so.6"
	for _, tt := range []struct {
		name   string
		frames []Frame
		want   []string
	}{
		{"libc, start-up code", []Frame{frame(libc, "strlen", true), frame("/p", "length", true), frame("/p", "main", true), frame(libc, "__libc_start_main", true)},
			[]string{"p!length", "p!main"}},
		{"standard libraries", []Frame{frame("/p", "std::vector<int>::at", true), frame("/p", "<core::option::Option<T>>::unwrap", true), frame("/p", "app::run", true)},
			[]string{"p!app::run"}},
		{"stripped", []Frame{frame("/p", "", true)}, []string{"p+0x1234"}},
		{"recursion counts once", []Frame{frame("/p", "f", true), frame("/p", "f", true), frame("/p", "g", true)}, []string{"p!f", "p!g"}},
		{"uncertain only where nothing is certain", []Frame{frame(libc, "memcpy", true), frame("/p", "copy", false)}, []string{"p!copy"}},
		{"certain before uncertain", []Frame{frame("/p", "f", true), frame("/p", "stale", false)}, []string{"p!f"}},
		{"abort alone", []Frame{frame(libc, "pthread_kill", true), frame(libc, "raise", true), frame(libc, "abort", true)}, []string{"libc.so.6!abort"}},
		{"nothing known", []Frame{{Addr: 1, Certain: true}}, nil},
	} {
		r := &Report{Frames: tt.frames}
		if diff := cmp.Diff(tt.want, r.TopFrames(5)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
	r := &Report{Frames: []Frame{frame("/p", "f", true), frame("/p", "g", true)}}
	if got := r.TopFrames(1); len(got) != 1 {
		t.Errorf("TopFrames(1) = %q", got)
	}
}

func TestReadMemory(t *testing.T) {
	t.Parallel()
	call := func(name, args string, ret int64, path string) strace.Event {
		return strace.Event{Kind: strace.KindCall, Name: name, Args: args, Ret: ret, Abs: path}
	}
	m := readMemory([]strace.Event{
		call("brk", "0x0000000000000000", 0x900000, ""),
		call("openat", "", 3, "/a.so"),
		call("mmap", "0x0000000000000000, 16400, PROT_READ, MAP_PRIVATE|MAP_DENYWRITE, 3, 0", 0x100000000, ""),
		call("mmap", "mmap: addr 0x0000000100001000, length 0x1000, prot 0x5, flags 0x812, fd 3, offset 0x1000", 0x100001000, ""),
		call("close", "3", 0, ""),
		call("mmap", "0x0000000000000000, 8192, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0", 0x200000000, ""),
		{Kind: strace.KindCall, Name: "openat", Abs: "/lib/libb.so.1", Err: syscall.ENOENT},
		call("mprotect", "0x0000000000800000, 4096, 0x1", 0, ""),
		call("munmap", "0x0000000100000000, 16400", 0, ""),
	})
	if len(m.files) != 1 || m.brk != 0x900000 || m.lost != "/lib/libb.so.1" {
		t.Fatalf("%+v", m)
	}
	f := m.files[0]
	want := []piece{{0x100000000, 0x100005000, 0}, {0x100001000, 0x100002000, 0x1000}}
	if diff := cmp.Diff(want, f.pieces, cmp.AllowUnexported(piece{})); diff != "" || f.path != "/a.so" || !f.unloaded {
		t.Errorf("%+v (-want +got):\n%s", f, diff)
	}
}
