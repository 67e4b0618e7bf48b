package diagnose

import (
	"strings"
	"testing"

	"github.com/nanodiag/nanodiag/strace"
)

// What the native run prints too says nothing of the guest.
func TestWordsSaidNatively(t *testing.T) {
	const usage = "please set $ENV{ABC}\n"
	five := 5
	v := Diagnose(Input{
		Guest: guest(t, boot+usage), Engine: "rehearse", Status: &five, Native: natively(t, nativeLoaded+"10 +++ exited with 5 +++\n"),
		NativeExit: &strace.Exit{Code: 5}, NativeOutput: []byte(usage),
	})
	if v.Cause.ID != "program.exit-nonzero" {
		t.Errorf("both runs print it and fail: got %s %s", v.Cause.ID, v.Cause.Subject)
	}
	v = Diagnose(Input{
		Guest: guest(t, boot+"BENCH_TOKEN is required, attempt 17\npanic: out of luck\n"), Status: &five, Native: natively(t, nativeLoaded+worked),
		NativeExit: &strace.Exit{}, NativeOutput: []byte("BENCH_TOKEN is required, attempt 3\nfine\n"),
	})
	if v.Cause.ID == "env.missing-variable" {
		t.Errorf("a note that the native run prints too is no cause: got %s %s", v.Cause.ID, v.Cause.Subject)
	}
}

// Python prints how it is set up when it cannot start; it complains of no variable.
func TestWordsThatList(t *testing.T) {
	one := 1
	v := Diagnose(Input{Guest: guest(t, boot+`Python path configuration:
  PYTHONHOME = (not set)
  PYTHONPATH = (not set)
  program name = '/usr/bin/python3.11'
Consider setting $PYTHONHOME to <prefix>[:<exec_prefix>]
Fatal Python error: init_fs_encoding: failed to get the Python codec of the filesystem encoding
`), Status: &one})
	for _, f := range v.Findings {
		if f.ID == "env.missing-variable" {
			t.Errorf("got %s %s", f.ID, f.Subject)
		}
	}
}

// A program that ends with status 0 and says last that all is well has not failed for
// sure because of what it complained of before; where its last word is a complaint, it may.
func TestStatusZeroIsNoSureFailure(t *testing.T) {
	zero := 0
	for _, c := range []struct {
		name, said string
		want       Confidence
	}{
		{"went on", "memfd_create: Function not implemented\nfalling back to a file\n", Possible},
		{"last word", "memfd_create: Function not implemented\n", Likely},
	} {
		v := Diagnose(Input{
			Guest: guest(t, boot+c.said), Status: &zero, Degraded: true, Table: table(t),
			Native: natively(t, nativeLoaded+worked), NativeExit: &strace.Exit{}, NativeOutput: []byte("ok\n"),
		})
		if v.Outcome != OutcomeFailed || v.Cause.Confidence != c.want {
			t.Errorf("%s: got %s, %s %s, want %s", c.name, v.Outcome, v.Cause.ID, v.Cause.Confidence, c.want)
		}
	}
}

// A rehearsal is no proof of what the kernel does.
func TestRehearsalIsNeverCertain(t *testing.T) {
	log := guest(t, boot+"./app: error while loading shared libraries: libx.so.1: wrong ELF class: ELFCLASS32\n")
	one := 1
	if v := Diagnose(Input{Guest: log, Engine: "ops", Status: &one}); v.Cause.Confidence != Certain {
		t.Errorf("on the kernel: got %s %s", v.Cause.ID, v.Cause.Confidence)
	}
	if v := Diagnose(Input{Guest: log, Engine: "rehearse", Status: &one}); v.Cause.Confidence != Likely {
		t.Errorf("rehearsed: got %s %s", v.Cause.ID, v.Cause.Confidence)
	}
}

// No sentence speaks of a subject that is not known.
func TestSentenceWithoutSubject(t *testing.T) {
	for _, rule := range wordRules {
		id := rule.id
		if id == "" {
			id = "missing-data.file"
		}
		got := sentence(rule.summary, id, "")
		if strings.Contains(got, "%") || strings.Contains(got, "  ") || strings.HasSuffix(got, ":") || strings.Contains(got, "()") {
			t.Errorf("%s: %q", rule.summary, got)
		}
	}
	for _, c := range []struct{ summary, id, want string }{
		{"%s is not in the image", "missing-data.file", "a file that the program asks for is not in the image"},
		{"Nanos does not implement %s", "syscall.unsupported", "Nanos does not implement a system call that the program makes"},
		{"an environment variable is not set in the guest %s", "env.missing-variable", "an environment variable is not set in the guest"},
		{"the port %s is already bound inside the guest", "network.port-in-use", "the port is already bound inside the guest"},
		{"%s does not resolve", "network.dns", "a host name does not resolve"},
		{"an assertion of the program failed: %s", "program.assert", "an assertion of the program failed"},
	} {
		if got := sentence(c.summary, c.id, ""); got != c.want {
			t.Errorf("%s: got %q, want %q", c.summary, got, c.want)
		}
	}
}

// A time is no path.
func TestPathInTime(t *testing.T) {
	for text, want := range map[string]string{
		"2026-11-23T02:00:00.123Z gcp-vm[1]: not found": "",
		"02:00:00.123Z cannot open a.bin":               "a.bin",
		"[2026/11/23 02:00:00.5] no such file":          "",
		"at=12:30:01.7 cannot open /data/x":             "/data/x",
		"prog.rs:12:34: not found":                      "",
	} {
		if got := pathIn(text); got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}

// Of a guest whose memory is not known, no multiple is advised.
func TestMemoryNotKnown(t *testing.T) {
	const said = boot + "std::bad_alloc\n"
	one := 1
	f := Diagnose(Input{Guest: guest(t, said), Status: &one}).Cause
	if f.ID != "resource.memory" || f.Fix == nil || !strings.Contains(f.Fix.Summary, "2 GB by default): 4096M") {
		t.Errorf("not known: got %s, fix %+v", f.ID, f.Fix)
	}
	f = Diagnose(Input{Guest: guest(t, said), Status: &one, Config: config(t, `{"RunConfig":{"Memory":"1G"}}`)}).Cause
	if f.Fix == nil || !strings.Contains(f.Fix.Summary, "4096M") {
		t.Errorf("known: got %s, fix %+v", f.ID, f.Fix)
	}
}
