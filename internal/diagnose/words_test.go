package diagnose

import (
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
