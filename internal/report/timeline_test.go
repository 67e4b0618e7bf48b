package report

import (
	"fmt"
	"strings"
	"testing"

	"github.com/nanodiag/nanodiag/internal/diagnose"
	"github.com/nanodiag/nanodiag/strace"
	"github.com/nanodiag/nanodiag/tracelog"
)

const nativeText = `7  execve("/srv/app/prover", ..., ...) = 0
7  openat(AT_FDCWD, "/etc/ld.so.cache", O_RDONLY|O_CLOEXEC) = 3
7  openat(AT_FDCWD, "/lib/x86_64-linux-gnu/libc.so.6", O_RDONLY|O_CLOEXEC) = 3
7  openat(AT_FDCWD, "/srv/app/s3cr3t-value/params.bin", O_RDONLY) = 3
7  readlink("/proc/self/exe", "/srv/app/prover", 4096) = 15
7  access("/etc/optional.conf", R_OK) = -1 ENOENT (No such file or directory)
7  openat(AT_FDCWD, "/lib/x86_64-linux-gnu/libgomp.so.1", O_RDONLY|O_CLOEXEC) = 3
7  openat(AT_FDCWD, "/sys/devices/system/cpu/possible", O_RDONLY) = 3
7  stat("/tmp/cache", 0x7ffd) = 0
7  openat(AT_FDCWD, "/tmp/cache", O_RDONLY) = 4
7  execve("/usr/bin/nvcc", ..., ...) = -1 ENOENT (No such file or directory)
7  openat(AT_FDCWD, "/srv/app/out.bin", O_WRONLY|O_CREAT, 0644) = 4
7  +++ exited with 0 +++
`

const guestText = `en1: assigned 10.0.2.15
[2] openat(-100, "/etc/ld.so.cache", 0x80000, 0x0) = -ENOENT
[2] openat(-100, "/lib/x86_64-linux-gnu/tls/libc.so.6", 0x80000, 0x0) = -ENOENT
[2] newfstatat(-100, "/lib/x86_64-linux-gnu/tls", 0x00000000fff00ee0, 0) = -ENOENT
[2] openat(-100, "/lib/x86_64-linux-gnu/libc.so.6", 0x80000, 0x0) = 3
[2] openat(-100, "/s3cr3t-value/params.bin", 0x0, 0x0) = 3
[2] access("/etc/optional.conf", 0x4) = -ENOENT
[2] openat(-100, "/lib/libgomp.so.1", 0x80000, 0x0) = -ENOENT
[2] openat(-100, "/usr/lib/libgomp.so.1", 0x80000, 0x0) = -ENOENT
[2] memfd_create("x", 1) = -ENOSYS
cannot load backend
[2] exit_group( <unfinished ...>
`

func nativeEvents(t testing.TB) (list []strace.Event) {
	t.Helper()
	if err := strace.ReadLog(strings.NewReader(nativeText), func(e *strace.Event) error { list = append(list, *e); return nil }); err != nil {
		t.Fatal(err)
	}
	return list
}

func guestEvents(t testing.TB, text string) []strace.Event {
	t.Helper()
	log, err := tracelog.Read(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return log.Events
}

// besides is a failed run, and the repaired one, of a program that lacks libgomp.so.1.
func besides() *Report {
	zero, one := 0, 1
	cause := diagnose.Finding{ID: "missing-lib.dlopen-soname", Subject: "libgomp.so.1", Evidence: []diagnose.Evidence{{Source: "round-0.log", Line: 9}, {Source: "native.strace", Line: 7}}}
	return &Report{
		Cause:      cause,
		Findings:   []diagnose.Finding{cause, {ID: "syscall.unsupported", Subject: "memfd_create", Evidence: []diagnose.Evidence{{Source: "round-0.log", Line: 10}}}},
		Suppressed: []diagnose.Suppressed{{Subject: "/etc/ld.so.cache"}},
		Native:     &Native{Exit: &Exit{Code: &zero}},
		Runs: []Run{
			{Engine: "native", Log: "d/native.strace", Outcome: "ok"},
			{Engine: "ops", Log: "d/round-0.log", Outcome: "failed", Exit: &Exit{Code: &one}},
			{Engine: "ops", Round: 1, Log: "d/round-1.log", Outcome: "ok", Exit: &Exit{Code: &zero}},
			{Engine: "ops", Round: 1, Log: "d/round-1-untraced.log", Outcome: "ok", Exit: &Exit{Code: &zero}},
			{Engine: "ops", Round: 2, Log: "d/round-2-without-1.log", Outcome: "failed"},
		},
	}
}

func timelines(t testing.TB) []Timeline {
	return NewTimelines(besides(), nativeEvents(t), "d/native.strace", func(r Run) []strace.Event {
		if r.Round == 1 {
			return guestEvents(t, strings.ReplaceAll(strings.ReplaceAll(guestText, `"/usr/lib/libgomp.so.1", 0x80000, 0x0) = -ENOENT`, `"/usr/lib/libgomp.so.1", 0x80000, 0x0) = 3`), "cannot load backend", "done"))
		}
		return guestEvents(t, guestText)
	})
}

// line is a row as a person reads it.
func (r TimelineRow) line() string {
	cell := func(c TimelineCell) string { return fmt.Sprintf("%s:%d", c.Text, c.Line) }
	s := fmt.Sprintf("%s %s %s | %s | %s", r.State, r.Kind, r.What, cell(r.Native), cell(r.Guest))
	if r.First {
		s += " FIRST"
	}
	if r.Finding > 0 {
		s += fmt.Sprintf(" finding %d", r.Finding)
	}
	return s
}

func TestTimelineFormat(t *testing.T) {
	t.Parallel()
	list := timelines(t)
	if len(list) != 2 || list[0].Guest != "round-0.log" || list[1].Guest != "round-1.log" {
		t.Fatalf("%d timelines, want the first that failed and the last traced one", len(list))
	}
	var got []string
	for _, it := range list[0].Items {
		if len(it.Rows) > 0 {
			got = append(got, it.Summary)
			continue
		}
		got = append(got, it.Row.line())
	}
	want := `same program prover | started:1 | started by the kernel:0
other file /etc/ld.so.cache | opened:2 | ENOENT, harmless:2
same library libc.so.6 | loaded:3 | loaded:5
same file /s3cr3t-value/params.bin | opened:4 | opened:6
same look-up /etc/optional.conf | ENOENT:6 | ENOENT:7
differs library libgomp.so.1 | loaded:7 | not found, 2 look-ups (ENOENT):9 FIRST finding 1
guest call memfd_create | :0 | ENOSYS:10 finding 2
native file /sys/devices/system/cpu/possible | opened:8 | :0
native file /tmp/cache | opened ×2:9 | :0
native program nvcc | ENOENT:11 | :0
native file /srv/app/out.bin | opened:12 | :0
differs end exit or signal | exit 0:13 | exit 1:12`
	if text := strings.Join(got, "\n"); text != want {
		t.Errorf("got\n%s\nwant\n%s", text, want)
	}
	if list[0].First != "libgomp.so.1" || list[0].Line != 9 || list[0].Split() {
		t.Errorf("first difference %q in line %d, verdict on %q", list[0].First, list[0].Line, list[0].Verdict)
	}
	if list[1].First != "" {
		t.Errorf("a run that worked differs at %s", list[1].First)
	}
	for _, it := range list[1].Items {
		if it.Row.State == rowDiffers {
			t.Errorf("a run that worked failed: %s", it.Row.line())
		}
	}
	if NewTimelines(besides(), nil, "", nil) != nil || NewTimelines(besides(), nativeEvents(t), "", func(Run) []strace.Event { return nil }) != nil {
		t.Error("a timeline of one run alone")
	}
}

// Thousands of accesses stay a page, whatever their order; the first difference stays
// in it.
func TestTimelineBounds(t *testing.T) {
	t.Parallel()
	call := func(line int, p string, failed bool) strace.Event {
		e := strace.Event{Line: line, TID: 1, Name: "openat", Path: p, Ret: 3}
		if failed {
			e.Ret, e.Err = -1, 2
		}
		return e
	}
	const n = 20000
	long := strings.Repeat("directory/", 30)
	for name, failed := range map[string]func(i int) (native, guest bool){
		"equal":       func(int) (bool, bool) { return false, false },
		"alternating": func(i int) (bool, bool) { return i%2 == 0, i%3 == 0 },
		"late":        func(i int) (bool, bool) { return i%5 == 0, i%5 == 0 || i == n-100 },
	} {
		var native, guest []strace.Event
		for i := range n {
			a, b := failed(i)
			p := fmt.Sprintf("/%sfile-%d", long, i)
			native = append(native, call(i+1, p, a))
			guest = append(guest, call(i+1, p, b))
			guest = append(guest, call(i+1, "/polled", i%2 == 0))
		}
		d := &Document{Report: besides()}
		d.Context.Attach = func() Attachments { return Attachments{} }
		bare := len(writePage(t, d))
		list := NewTimelines(d.Report, native, "native.strace", func(Run) []strace.Event { return guest })
		d.Context.Attach = func() Attachments { return Attachments{Timelines: list} }
		page := writePage(t, d)
		if grown := len(page) - bare; grown > 150<<10 {
			t.Errorf("%s: two timelines weigh %d bytes", name, grown)
		}
		if name == "late" && !strings.Contains(page, `id="first-0"`) {
			t.Errorf("%s: the first difference is not on the page", name)
		}
		if !list[0].Cut {
			t.Errorf("%s: the page does not say that rows were left out", name)
		}
	}
}

func BenchmarkTimeline(b *testing.B) {
	var events []strace.Event
	for i := range 100000 {
		events = append(events, strace.Event{Line: i + 1, TID: 1, Name: "openat", Path: fmt.Sprintf("/usr/share/dir-%d/file-%d", i%100, i/2), Ret: 3})
	}
	r := besides()
	for b.Loop() {
		NewTimelines(r, events, "native.strace", func(Run) []strace.Event { return events })
	}
}

func TestTimelineEnd(t *testing.T) {
	t.Parallel()
	call := strace.Event{Name: "close", Line: 4}
	for want, c := range map[string]struct {
		exit   *Exit
		events []strace.Event
	}{
		"SIGABRT:5":   {CodeExit(6), []strace.Event{{Kind: strace.KindSignal, Sig: 6, Line: 5}}},
		"exit 2:6":    {CodeExit(2), []strace.Event{{Kind: strace.KindSignal, Sig: 17, Line: 5}, {Name: "exit_group", Line: 6}, call}},
		"exit 0:5":    {CodeExit(0), []strace.Event{{Kind: strace.KindSignal, Sig: 17, Line: 5}, call}},
		"exit 3:7":    {nil, []strace.Event{{Kind: strace.KindExit, Ret: 3, Line: 7}}},
		"SIGSEGV:7":   {nil, []strace.Event{{Kind: strace.KindExit, Sig: 11, Line: 7}}},
		"not known:0": {nil, []strace.Event{call}},
	} {
		if got := endCell(c.exit, c.events); fmt.Sprintf("%s:%d", got.Text, got.Line) != want {
			t.Errorf("got %s:%d, want %s", got.Text, got.Line, want)
		}
	}
}
