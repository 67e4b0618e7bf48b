package tracelog

import (
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
)

// stream makes a log of n bytes without holding it.
type stream struct {
	next func(i int) string
	n    int
	i    int
	rest string
}

func (s *stream) Read(p []byte) (int, error) {
	if s.n <= 0 {
		return 0, io.EOF
	}
	if s.rest == "" {
		s.rest = s.next(s.i)
		s.i++
	}
	k := copy(p[:min(len(p), s.n)], s.rest)
	s.rest = s.rest[k:]
	s.n -= k
	return k, nil
}

// TestBounded reads logs much larger than what Read may keep of them.
func TestBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 96 MB per case")
	}
	size := 96 << 20
	if raced { // the lists fill up all the same, the limits then prove less
		size = 24 << 20
	}
	same := func(s string) func(int) string { return func(int) string { return s } }
	for _, tt := range []struct {
		name  string
		next  func(int) string
		limit uint64 // MB of heap in use; without bounds each case takes more
	}{
		{"one line without end", same(strings.Repeat("x", 4096)), 4},
		{"output", same(strings.Repeat("y", 200) + "\n"), 80},
		{"calls", same("[2] clock_gettime(1, {tv_sec=1, tv_nsec=2}) = 0\n"), 100},
		{"failing opens", func(i int) string { return fmt.Sprintf("[2] openat(-100, \"/a/%d\", 0x0, 0x0) = -ENOENT\n", i) }, 120},
		{"calls that never return", func(i int) string { return fmt.Sprintf("[%d] read(0, 0x1, 1 <unfinished ...>\n", 2+i%1000000) }, 120},
		{"kernel lines", same("[1.000000] " + strings.Repeat("k", 100) + "\n"), 80},
		{"missing files", same("missing_files_begin\n" + strings.Repeat("m", 1000) + "\n"), 80},
		{"boots", same("[1.000000] en1: assigned 10.0.2.15\n"), 40},
		{"strings that never end", same("[2] open(\"x\n"), 40},
		{"old calls", func(i int) string { return fmt.Sprintf("%s%d getpid\n", strings.Repeat(" ", 76), 20+i%1000000) }, 120},
	} {
		log, err := Read(&stream{next: tt.next, n: size})
		if err != nil {
			t.Fatal(err)
		}
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		if m.HeapAlloc>>20 > tt.limit {
			t.Errorf("%s: %d MB of heap in use, more than %d", tt.name, m.HeapAlloc>>20, tt.limit)
		}
		t.Logf("%s: %d MB, %d lines, %d events and %d dropped, %d console lines and %d dropped",
			tt.name, m.HeapAlloc>>20, log.Lines, len(log.Events), log.Dropped, len(log.Console), log.DroppedLines)
		runtime.KeepAlive(log)
	}
}

// TestThin: the middle of a long trace goes, what tells something stays longest, and
// calls that are still open are found again.
func TestThin(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("[7] read(0, 0x1, 1 <unfinished ...>\n")
	plain := 0
	for i := 0; i < maxEvents+1000; i++ {
		switch {
		case i == maxEvents/2:
			b.WriteString("[8] read(0, 0x1, 1 <unfinished ...>\n[2] openat(-100, \"/middle\", 0x0, 0x0) = -ENOENT\n")
		default:
			b.WriteString("[2] getpid() = 2\n")
			plain++
		}
	}
	b.WriteString("[8] <... read resumed>) = 8\n[7] <... read resumed>) = 7\n[2] exit_group( <unfinished ...>\n")
	log := read(t, b.String())
	var tell []string
	got := 0
	for _, e := range log.Events {
		if e.Name == "getpid" {
			got++
			continue
		}
		tell = append(tell, fmt.Sprintf("%s %s %d", e.Name, e.Path, e.Ret))
	}
	want := "read  7, read  8, openat /middle 0, exit_group  0"
	if s := strings.Join(tell, ", "); s != want {
		t.Errorf("kept %s, want %s", s, want)
	}
	if got+log.Dropped != plain {
		t.Errorf("%d getpid kept and %d dropped of %d", got, log.Dropped, plain)
	}
}
