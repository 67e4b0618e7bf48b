package tracelog

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var kindNames = map[ItemKind]string{
	ItemOutput: "output", ItemCall: "call", ItemDetail: "detail", ItemKernel: "kernel",
	ItemOps: "ops", ItemDump: "dump", ItemMissing: "missing", ItemSummary: "summary",
}

// items renders what Scan makes of a text: kind, line, text; "+" for output whose line
// goes on.
func items(t *testing.T, text string) []string {
	t.Helper()
	var got []string
	err := Scan(strings.NewReader(text), func(it Item) error {
		open := ""
		if it.Kind == ItemOutput && it.Open {
			open = "+"
		}
		got = append(got, fmt.Sprintf("%s%s %d %q", kindNames[it.Kind], open, it.Line, it.Text))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// TestItems holds the ways in which one stream carries several voices.
func TestItems(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		text string
		want []string
	}{
		{"output runs into a call", "partial 3.0 [worker-3] write(1, 0x01, 12) = 12\n", []string{
			`output+ 1 "partial 3.0 "`, `call 1 "[worker-3] write(1, 0x01, 12) = 12"`}},
		{"output that looks like a header runs into a call", "[signal [2] write(2, 0x01, 8) = 8\n", []string{
			`output+ 1 "[signal "`, `call 1 "[2] write(2, 0x01, 8) = 8"`}},
		{"output runs into a kernel line", "no newline[4.787627] en1: assigned 10.0.2.15\n", []string{
			`output+ 1 "no newline"`, `kernel 1 "en1: assigned 10.0.2.15"`}},
		{"output runs into a kernel line without a stamp", "at enden1: assigned 10.0.2.15\n", []string{
			`output+ 1 "at end"`, `kernel 1 "en1: assigned 10.0.2.15"`}},
		{"output runs into a detail", "    2 brk\npartial             4 [w] direct return: 1, rsp 0x1\n", []string{
			`detail 1 "    2 brk"`, `output+ 2 "partial "`, `detail 2 "            4 [w] direct return: 1, rsp 0x1"`}},
		{"output runs into Ops's last line", "en1: assigned 10.0.2.15\nend\x1b[31mexit status 7\x1b[0m\n", []string{
			`kernel 1 "en1: assigned 10.0.2.15"`, `output+ 2 "end"`, `ops 2 "exit status 7"`}},
		{"output runs into the missing files", "endmissing_files_begin\na.bin\nmissing_files_end\n", []string{
			`output+ 1 "end"`, `missing 1 "missing_files_begin"`, `missing 2 "a.bin"`, `missing 3 "missing_files_end"`}},
		{"output runs into a fate", "dying   terminate\n", []string{`output+ 1 "dying"`, `dump 1 "   terminate"`}},
		{"newlines and quotes in a path", "[2] openat(-100, \"/odd\nname \"quoted\" ) = 0\", 0x0, 0x0) = -ENOENT\nnext\n", []string{
			`call 1 "[2] openat(-100, \"/odd\nname \"quoted\" ) = 0\", 0x0, 0x0) = -ENOENT"`, `output 3 "next"`}},
		{"a call cut short before another", "[2] getpid() = 2\n[2] openat(-100, \"/od\n[2] getpid() = 2\n", []string{
			`call 1 "[2] getpid() = 2"`, `call 2 "[2] openat(-100, \"/od"`, `call 3 "[2] getpid() = 2"`}},
		{"brackets in a thread name", "[a) b[c]] openat(-100, \"/x\", 0x0, 0x0) = -ENOENT\n", []string{
			`call 1 "[a) b[c]] openat(-100, \"/x\", 0x0, 0x0) = -ENOENT"`}},
		{"a newline in a thread name", "text[nl\nname] write(1, 0x01, 4) = 4\n", []string{
			`output+ 1 "text"`, `call 1 "[nl\nname] write(1, 0x01, 4) = 4"`}},
		{"the beginning of a name that is none", "see [1\n2] ok\n", []string{`output 1 "see [1"`, `output 2 "2] ok"`}},
		{"carriage returns", "a\r\n[2] getpid() = 2\r\n", []string{`output 1 "a"`, `call 2 "[2] getpid() = 2"`}},
		{"stamps of a container runtime", "2026-11-22T07:10:54.123456789Z [0.5] x\n2026-11-22T07:10:54Z [1.971199] en1: assigned 10.0.2.15\n2026-11-22T07:10:55+01:00 [2] getpid() = 2\n", []string{
			`output 1 "[0.5] x"`, `kernel 2 "en1: assigned 10.0.2.15"`, `call 3 "[2] getpid() = 2"`}},
		{"stamps with the sender's name", "2026-11-23T02:00:00.123Z vm-1[1]: [1.971199] en1: assigned 10.0.2.15\n2026-11-23T02:00:01Z vm-1[1]: app: no key\n", []string{
			`kernel 1 "en1: assigned 10.0.2.15"`, `output 2 "app: no key"`}},
		{"the same, with none of the kernel's lines", "2026-11-23T02:00:00.123Z vm-1[1]: cannot open\n2026-11-23T02:00:01Z vm-1[1]: app: no key\n", []string{
			`output 1 "cannot open"`, `output 2 "app: no key"`}},
		{"stamps of syslog", "Nov 23 02:00:00 host nanos: en1: assigned 10.0.2.15\nNov  3 02:00:00 host nanos: no key\n", []string{
			`kernel 1 "en1: assigned 10.0.2.15"`, `output 2 "no key"`}},
		{"stamps in brackets, without a zone", "[2026-11-23 02:00:00,5] en1: assigned 10.0.2.15\n[2026-11-23 02:00:01] app: no key\n", []string{
			`kernel 1 "en1: assigned 10.0.2.15"`, `output 2 "app: no key"`}},
		{"stamps without a name before the program's own", "2026-11-23T02:00:00Z en1: assigned 10.0.2.15\n2026-11-23T02:00:01Z app: a\n2026-11-23T02:00:01Z app: b\n", []string{
			`kernel 1 "en1: assigned 10.0.2.15"`, `output 2 "app: a"`, `output 3 "app: b"`}},
		{"stamps of the program itself", "2026-11-22T07:10:54Z INFO a\n2026-11-22T07:10:55Z INFO b\n", []string{
			`output 1 "2026-11-22T07:10:54Z INFO a"`, `output 2 "2026-11-22T07:10:55Z INFO b"`}},
		{"invalid UTF-8", "\xff\xfe\n[2] openat(-100, \"/\xff\", 0x0, 0x0) = 3\n", []string{
			`output 1 "\xff\xfe"`, `call 2 "[2] openat(-100, \"/\xff\", 0x0, 0x0) = 3"`}},
		{"a blank line of the program, and the kernel's before a dump", "a\n\n\n*** signal 6 received by tid 2, errno 0, code -6\n", []string{
			`output 1 "a"`, `output 2 ""`, `dump 4 "*** signal 6 received by tid 2, errno 0, code -6"`}},
		{"a dump torn by another CPU", "*** signal 6 received by tid 2, errno 0, code -6\n      type: noise\nthread\n   rax: noise\n0000000000000001\nloaded klibs: noise\nstrace@0xffffffffed42b000/0x[5] getpid() = 2\n1c000 \n   core dump\n", []string{
			`dump 1 "*** signal 6 received by tid 2, errno 0, code -6"`,
			`dump 2 "      type: "`, `output 2 "noise"`, `dump 3 "thread"`,
			`dump 4 "   rax: "`, `output 4 "noise"`, `dump 5 "0000000000000001"`,
			`dump 6 "loaded klibs: "`, `output 6 "noise"`,
			`dump 7 "strace@0xffffffffed42b000/0x"`, `call 7 "[5] getpid() = 2"`, `dump 8 "1c000 "`,
			`dump 9 "   core dump"`}},
		{"summary", "\n% time      seconds   usecs/call        calls       errors syscall           \n------ ------------ ------------ ------------ ------------ ------------------\n 21.34     0.009253         3084            3              mprotect          \n------ ------------ ------------ ------------ ------------ ------------------\n100.00     0.043356                        39           13 total             \nafter\n", []string{
			`summary 2 "% time      seconds   usecs/call        calls       errors syscall           "`,
			`summary 3 "------ ------------ ------------ ------------ ------------ ------------------"`,
			`summary 4 " 21.34     0.009253         3084            3              mprotect          "`,
			`summary 5 "------ ------------ ------------ ------------ ------------ ------------------"`,
			`summary 6 "100.00     0.043356                        39           13 total             "`,
			`output 7 "after"`}},
		{"Ops refuses", "\x1b[1;33mversion lookup failed, using local.\n\x1b[0m\x1b[31merror: ./prog: no such file\n\x1b[0m\n", []string{
			`ops 1 "version lookup failed, using local."`, `ops 2 "error: ./prog: no such file"`, `ops 3 ""`}},
		{"words of Ops before booting", "some notice of a newer Ops\nbooting /img ...\nhello\n", []string{
			`ops 1 "some notice of a newer Ops"`, `ops 2 "booting /img ..."`, `output 3 "hello"`}},
		{"serial console of a cloud", "\x1bc\x1b[?7l\x1b[2JSeaBIOS (version 1.8.2-google)\r\nBooting from Hard Disk 0...\r\nen1: assigned 10.0.0.2\r\nhi\r\n", []string{
			`ops 1 "SeaBIOS (version 1.8.2-google)"`, `ops 2 "Booting from Hard Disk 0..."`, `kernel 3 "en1: assigned 10.0.0.2"`, `output 4 "hi"`}},
		{"the last line has no end", "a\nb", []string{`output 1 "a"`, `output+ 2 "b"`}},
		{"nothing", "", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, items(t, tt.text)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestScanStops: an error of the callback ends the scan and comes back as it is.
func TestScanStops(t *testing.T) {
	t.Parallel()
	stop := fmt.Errorf("enough")
	n := 0
	err := Scan(strings.NewReader("a\nb\nc\n"), func(Item) error {
		n++
		return stop
	})
	if err != stop || n != 1 {
		t.Errorf("got %v after %d items, want %v after 1", err, n, stop)
	}
}

// TestOutputAssembled: the program's lines come out whole, with the line they begin in.
func TestOutputAssembled(t *testing.T) {
	t.Parallel()
	log := read(t, `terminate called after throwing an instance of '[2] write(2, 0x01, 48) = 48
std::logic_error[2] write(2, 0x01, 16) = 16
'
  what():  [2] write(2, 0x01, 11) = 11
bad
[2] write(2, 0x01, 4) = 4
no end`)
	want := []Line{
		{1, "terminate called after throwing an instance of 'std::logic_error'"},
		{4, "  what():  bad"},
		{7, "no end"},
	}
	if diff := cmp.Diff(want, log.Console); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
