package loop

import (
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/nanodiag/nanodiag/bundler"
	"github.com/nanodiag/nanodiag/internal/diagnose"
	"github.com/nanodiag/nanodiag/internal/nanos"
	"github.com/nanodiag/nanodiag/internal/native"
	"github.com/nanodiag/nanodiag/internal/report"
	"github.com/nanodiag/nanodiag/strace"
	"github.com/nanodiag/nanodiag/tracelog"
)

func guest(events ...strace.Event) *round {
	return &round{run: &guestRun{source: "round-0.log", log: &tracelog.Log{Events: events}}}
}

func absent(path string) strace.Event {
	return strace.Event{Name: "openat", Path: path, Abs: path, Err: syscall.ENOENT, Ret: -1}
}

func present(path string) strace.Event {
	return strace.Event{Name: "openat", Path: path, Abs: path, Ret: 3}
}

// A plugin that is looked for beside the library that loads it, which the bundle
// moved, calls for the other placement.
func TestMisplaced(t *testing.T) {
	plan := &bundler.Plan{Entries: []bundler.Entry{{To: "/lib/pocl/libpocl-basic.so", Kind: bundler.KindLibrary}, {To: "/etc/a.conf", Kind: bundler.KindData}}}
	for _, c := range []struct {
		name string
		r    *round
		want bool
	}{
		{"looked for elsewhere, never found", guest(absent("/lib64/pocl/libpocl-basic.so")), true},
		{"found in the end", guest(absent("/lib64/pocl/libpocl-basic.so"), present("/lib/pocl/libpocl-basic.so")), false},
		{"not in the bundle", guest(absent("/lib64/other.so")), false},
		{"a data file", guest(absent("/x/a.conf")), false},
	} {
		if got := misplaced(c.r, plan); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// A bundle that cured a failure without a name gives it one: the last look-up that it
// answers.
func TestNamed(t *testing.T) {
	plan := &bundler.Plan{Entries: []bundler.Entry{
		{To: "/srv/app/srv.conf", Kind: bundler.KindData}, {To: "/lib64/libz.so.1", Kind: bundler.KindLibrary},
	}}
	s := &session{}
	vagueCause := diagnose.Finding{ID: "program.exit-nonzero"}
	for _, c := range []struct {
		name        string
		cause       diagnose.Finding
		r           *round
		id, subject string
	}{
		{"a file", vagueCause, guest(absent("/etc/ld.so.preload"), absent("/srv/app/srv.conf"), present("/dev/null")), "missing-data.file", "/srv/app/srv.conf"},
		{"a library by another directory", vagueCause, guest(absent("/usr/lib/libz.so.1")), "missing-lib.dlopen-path", "/usr/lib/libz.so.1"},
		{"nothing of it", vagueCause, guest(absent("/etc/hosts")), "program.exit-nonzero", ""},
		{"a cause that has a name", diagnose.Finding{ID: "process.fork", Subject: "clone"}, guest(absent("/srv/app/srv.conf")), "process.fork", "clone"},
	} {
		got := s.named(c.cause, c.r, plan)
		if got.ID != c.id || got.Subject != c.subject {
			t.Errorf("%s: %s %s, want %s %s", c.name, got.ID, got.Subject, c.id, c.subject)
		}
	}
}

// Copies of /sys and /proc never include what Nanos serves itself (the kernel would
// not boot) nor what is about the process.
func TestFreezable(t *testing.T) {
	table, err := nanos.Load()
	if err != nil {
		t.Fatal(err)
	}
	s := &session{opt: Options{Table: table}, version: table.Latest(), nat: &native.Run{Facts: &strace.Facts{}}}
	for _, p := range []string{
		"/sys/devices/system/cpu/possible", "/sys/devices/system/cpu/online", "/proc/meminfo", "/proc/cpuinfo",
		"/proc/self/status", "/proc/1234/stat", "/proc/thread-self/comm", "/etc/hosts", "/dev/shm",
	} {
		s.nat.Facts.Files = append(s.nat.Facts.Files, strace.FileUse{Path: p})
	}
	want := []string{"/sys/devices/system/cpu/possible", "/proc/cpuinfo"}
	if d := cmp.Diff(want, s.freezable()); d != "" {
		t.Error(d)
	}
	if (&session{}).freezable() != nil {
		t.Error("without a native run there is nothing to copy")
	}
}

// A bundle that brought several things for which the guest had asked proves none of
// them, unless the failure itself speaks of one.
func TestProven(t *testing.T) {
	plan := &bundler.Plan{Entries: []bundler.Entry{
		{To: "/etc/app.d", Kind: bundler.KindDir}, {To: "/usr/share/zone", Kind: bundler.KindData}, {To: "/lib64/libz.so.1", Kind: bundler.KindLibrary},
	}}
	many := guest(absent("/etc/app.d"), absent("/usr/share/zone"), absent("/elsewhere"))
	one := guest(absent("/lib/libz.so.1"), absent("/lib64/libz.so.1"), absent("/elsewhere"))
	for _, c := range []struct {
		name  string
		cause diagnose.Finding
		r     *round
		plan  *bundler.Plan
		st    *step
		want  bool
	}{
		{"one of several", diagnose.Finding{ID: "missing-data.file", Subject: "/usr/share/zone", Confidence: diagnose.Likely}, many, plan, nil, false},
		{"one of several, named by the failure", diagnose.Finding{ID: "missing-data.file", Confidence: diagnose.Likely, Tied: true}, many, plan, nil, true},
		{"the only one", diagnose.Finding{ID: "missing-lib.dlopen-soname", Subject: "libz.so.1", Confidence: diagnose.Likely}, one, plan, nil, true},
		{"another than the only one", diagnose.Finding{ID: "resource.memory", Confidence: diagnose.Likely}, one, plan, nil, false},
		{"beside a directory to write into", diagnose.Finding{ID: "missing-data.file", Subject: "/usr/share/zone", Confidence: diagnose.Likely},
			guest(absent("/usr/share/zone"), absent("/etc/app.d/new")), plan, nil, false},
		{"beside a file that is replaced", diagnose.Finding{ID: "missing-lib.dlopen-soname", Subject: "libz.so.1", Confidence: diagnose.Likely},
			guest(absent("/lib/libz.so.1"), present("/usr/share/zone")), plan, nil, false},
		{"stated by the loader", diagnose.Finding{ID: "bad-lib.wrong-arch", Confidence: diagnose.Certain}, many, plan, nil, true},
		{"no bundle", diagnose.Finding{ID: "resource.memory", Confidence: diagnose.Possible}, many, nil, nil, true},
		{"an edit of its own", diagnose.Finding{ID: "resource.memory", Confidence: diagnose.Likely}, many, plan, &step{own: true}, true},
		{"another edit", diagnose.Finding{ID: "resource.memory", Confidence: diagnose.Likely}, many, plan, &step{}, false},
	} {
		if got := proven(c.cause, c.r, c.plan, c.st); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// A fix after which the program prints and ends as before did not help, whatever the
// next verdict is.
func TestStepChanged(t *testing.T) {
	ran := func(code int, cause, text string) *round {
		return &round{exit: report.CodeExit(code), run: &guestRun{started: true, log: &tracelog.Log{Console: console(text)}},
			verdict: &diagnose.Verdict{Cause: diagnose.Finding{ID: cause}}}
	}
	before := ran(3, "missing-data.file", "start at 12:01\ncannot start")
	for _, c := range []struct {
		name  string
		after *round
		want  bool
	}{
		{"the same", ran(3, "program.exit-nonzero", "start at 12:01\ncannot start"), false},
		{"a little later", ran(3, "missing-data.file", "start at 12:02\ncannot start"), false},
		{"another status", ran(4, "missing-data.file", "start at 12:01\ncannot start"), true},
		{"another word", ran(3, "missing-data.file", "start at 12:01\nno key"), true},
		{"another number and cause", ran(3, "env.missing-variable", "start at 12:02\ncannot start"), true},
	} {
		if got := (step{before: before, after: c.after}).changed(); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
	s := &session{steps: []step{{before: before, after: before}, {before: before, after: ran(0, "none.success", "done"), own: true}}}
	if st := s.helped(); st == nil || !st.own {
		t.Errorf("the verdict is about %+v, want the step that helped", st)
	}
}
