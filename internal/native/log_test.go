package native

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nanodiag/nanodiag/strace"
)

// What a log says of the program: how it ended, and what of it is the program's own.
func TestFromLogTells(t *testing.T) {
	t.Parallel()
	const start = `10 execve("/bin/sh", ["sh"], 0x7f /* 3 vars */) = 0` + "\n"
	const absent = `O_RDONLY) = -1 ENOENT (No such file or directory)` + "\n"
	for _, c := range []struct {
		name, log string
		exit      strace.Exit
		foreign   bool // /foreign is looked for by another program
	}{
		{"on a terminal, a notice within the call", `execve("/bin/sh", ["sh"], 0x7f /* 3 vars */) = 0
vfork(strace: Process 11 attached
 <unfinished ...>
[pid    11] execve("/usr/bin/cat", ["cat"], 0x5 /* 3 vars */ <unfinished ...>
[pid    10] <... vfork resumed>)        = 11
[pid    11] <... execve resumed>)       = 0
[pid    11] openat(AT_FDCWD, "/foreign", ` + absent + `[pid    11] exit_group(0)               = ?
[pid    11] +++ exited with 0 +++
openat(AT_FDCWD, "/own", ` + absent + `exit_group(5)                           = ?
+++ exited with 5 +++
`, strace.Exit{Code: 5}, true},
		{"on a terminal, the child speaks first", `execve("/bin/sh", ["sh"], 0x7f /* 3 vars */) = 0
clone(child_stack=NULL, flags=CLONE_CHILD_SETTID|SIGCHLDstrace: Process 11 attached
 <unfinished ...>
[pid    11] execve("/usr/bin/cat", ["cat"], 0x5 /* 3 vars */) = 0
[pid    11] openat(AT_FDCWD, "/foreign", ` + absent + `[pid    10] <... clone resumed>, child_tidptr=0x7f) = 11
[pid    11] +++ exited with 0 +++
openat(AT_FDCWD, "/own", ` + absent + `+++ exited with 5 +++
`, strace.Exit{Code: 5}, true},
		{"a thread of a child speaks before its clone returns", start + `10 vfork( <unfinished ...>
11 execve("/usr/bin/python3", ["python3"], 0x5 /* 3 vars */ <unfinished ...>
10 <... vfork resumed>) = 11
11 <... execve resumed>) = 0
11 clone3({flags=CLONE_VM|CLONE_FS|CLONE_FILES|CLONE_SIGHAND|CLONE_THREAD|CLONE_SYSVSEM, exit_signal=0, stack=0x7, stack_size=0x7fff80} <unfinished ...>
12 rseq(0x7, 0x20, 0, 0x53053053) = 0
11 <... clone3 resumed> => {parent_tid=[12]}, 88) = 12
12 openat(AT_FDCWD, "/foreign", ` + absent + `11 +++ exited with 0 +++
10 openat(AT_FDCWD, "/own", ` + absent + `10 +++ exited with 7 +++
`, strace.Exit{Code: 7}, true},
		{"file calls only: a child of the program that is waited for", start + `11 execve("/usr/bin/perl", ["perl"], 0x5 /* 3 vars */) = 0
12 openat(AT_FDCWD, "/foreign", ` + absent + `12 +++ exited with 0 +++
11 +++ exited with 0 +++
10 openat(AT_FDCWD, "/own", ` + absent + `10 +++ killed by SIGTERM +++
`, strace.Exit{Signal: 15}, true},
		{"file calls only: a thread", start + `11 openat(AT_FDCWD, "/foreign", ` + absent + `11 +++ exited with 0 +++
10 openat(AT_FDCWD, "/own", ` + absent + `10 +++ exited with 0 +++
`, strace.Exit{}, false},
		{"the notify engine's log", start + `10 vfork()                           = ? <unavailable>
11 execve("/usr/bin/perl", ..., ...)   = 0
11 clone(child_stack=..., flags=CLONE_CHILD_SETTID|SIGCHLD) = ? <unavailable>
10 openat(AT_FDCWD, "/own", ` + absent + `12 openat(AT_FDCWD, "/foreign", ` + absent + `10 +++ exited with 0 +++
`, strace.Exit{}, true},
		{"no end, but exit_group", start + `10 openat(AT_FDCWD, "/own", ` + absent + "10 exit_group(7) = ?\n", strace.Exit{Code: 7}, true},
		{"cut", start + `10 openat(AT_FDCWD, "/own", ` + absent, strace.Exit{Unknown: true}, true},
		{"cut, a child had ended", start + "10 openat(AT_FDCWD, \"/own\", " + absent + "10 vfork() = 11\n11 exit_group(3) = ?\n11 +++ exited with 3 +++\n",
			strace.Exit{Unknown: true}, true},
	} {
		log := filepath.Join(t.TempDir(), "log")
		if err := os.WriteFile(log, []byte(c.log), 0o600); err != nil {
			t.Fatal(err)
		}
		run, err := FromLog(log, "/bin/sh", "/", nil)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if run.Result.Exit != c.exit {
			t.Errorf("%s: ended with %+v, want %+v", c.name, run.Result.Exit, c.exit)
		}
		for _, facts := range []*strace.Facts{run.Facts, run.All} {
			found := map[string]bool{}
			for _, p := range facts.NotFound {
				found[p.Path] = true
			}
			if !found["/own"] || found["/foreign"] == c.foreign {
				t.Errorf("%s: not found: %v", c.name, found)
			}
		}
	}
}

// A log that cannot be written costs neither the report nor the status; a program that
// cannot be started costs no log that was there.
func TestRecordLog(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	spec := Spec{Program: "/bin/sh", Args: []string{"sh", "-c", "exit 9"}, Dir: dir, Log: "/dev/full"}
	run, err := Record(t.Context(), spec)
	if errors.Is(err, strace.ErrPtraceDenied) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	if run.Result.Exit.Code != 9 {
		t.Errorf("ended with %+v", run.Result.Exit)
	}
	if text := strings.Join(run.Result.Incomplete, "; "); strings.Count(text, "no space left") != 1 || !strings.Contains(text, "/dev/full is not whole") {
		t.Errorf("incomplete: %q", text)
	}

	for _, before := range []string{"", "the last run\n"} {
		spec.Log = filepath.Join(dir, "log")
		spec.Program = filepath.Join(dir, "text")
		if err := os.WriteFile(spec.Program, []byte("no program"), 0o755); err != nil {
			t.Fatal(err)
		}
		if before != "" {
			if err := os.WriteFile(spec.Log, []byte(before), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := Record(t.Context(), spec); err == nil {
			t.Fatal("a text was executed")
		}
		if now, err := os.ReadFile(spec.Log); string(now) != before || (before == "") != os.IsNotExist(err) {
			t.Errorf("after a failed start the log has %q, %v; before: %q", now, err, before)
		}
	}
	spec.Program = "/bin/sh"
	if _, err := Record(t.Context(), spec); err != nil {
		t.Fatal(err)
	}
	if now, _ := os.ReadFile(spec.Log); strings.Contains(string(now), "the last run") || !strings.Contains(string(now), "exited with 9") {
		t.Errorf("the log has %q", now)
	}
}
