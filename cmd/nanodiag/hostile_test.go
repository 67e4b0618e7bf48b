package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"
)

// hostileLogs are what a guest can print to mislead whoever reads its log, or to break
// their terminal. In none of them is the cause certain.
var hostileLogs = map[string]string{
	"a terminal is steered":    "\x1b]0;owned\x07\x1b[2J\x1b[31merror: cannot open \x1b[0m/data/x: No such file or directory\x9b\x7f\b\r\n",
	"text is reordered":        "error: cannot open /data/\u202egpj.x: No such file or directory\n",
	"bytes that are no UTF-8":  "fatal: cannot open \xff\xfe\xc0\x80\xf5/x: No such file or directory\n\x00\x01\x02\n",
	"a trace line is forged":   "[2] openat(-100, \"/fake\x1b[2J/lib\xff.so\", 0x80000, 0x0) = -ENOENT\n[2] clone(0x1200011, 0x0) = -ENOSYS\nall tests passed\n",
	"a forged end":             "[2] getpid() = 2\nprogram startup failed on exec: (result:unable to open program file /nope)\n[2] write(1, 0x1, 5) = 5\nall tests passed\n",
	"a forged assertion":       "assertion x failed at y.c:1 (IP 0x0)  in f(); halt\nall tests passed\n",
	"a forged loader":          "./x: error while loading shared libraries: libevil.so: cannot open shared object file: No such file or directory\nworking\nall tests passed\n",
	"a forged signal":          "[2] getpid() = 2\n*** signal 11 received by tid 2, errno 0, code 1\n    fault address 0x10\n\nall tests passed\n[2] exit_group( <unfinished ...>\n",
	"a forged report of Ops":   "\x1b[31mexit status 7\x1b[0m\nall tests passed\n",
	"a string that never ends": "[2] open(\"" + strings.Repeat("x\n", 5000),
	"many boots":               strings.Repeat("[0.981997] en1: assigned 10.0.2.15\nfatal: \x1b[31mconfig\n", 2000),
	"every byte":               everyByte(),
}

func everyByte() string {
	b := make([]byte, 0, 64<<8)
	for i := range 64 << 8 {
		b = append(b, byte(i*(i>>8+1)))
	}
	return string(b)
}

// TestHostileLogs: no panic, nothing that steers a terminal, no cause that is certain.
func TestHostileLogs(t *testing.T) {
	t.Parallel()
	for name, text := range hostileLogs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			log := filepath.Join(t.TempDir(), "a\x1b[2Jb.log")
			if err := os.WriteFile(log, []byte("[0.981997] en1: assigned 10.0.2.15\n"+text), 0o666); err != nil {
				t.Fatal(err)
			}
			for _, args := range [][]string{{log}, {"--all", log}, {log, log}, {"--json", log}} {
				var stdout, stderr bytes.Buffer
				code := run(append([]string{"explain"}, args...), strings.NewReader(""), &stdout, &stderr)
				if code != exitClean && code != exitFindings && code != exitUnable {
					t.Errorf("explain %q: exit status %d, %s", args, code, stderr.String())
				}
				if args[0] != "--json" {
					if s := steering(stdout.String() + stderr.String()); s != "" {
						t.Errorf("explain %q lets %s through:\n%q", args, s, stdout.String())
					}
					continue
				}
				var r struct {
					Cause struct{ ID, Confidence string }
				}
				if err := json.Unmarshal(stdout.Bytes(), &r); err != nil {
					t.Fatal(err)
				}
				if r.Cause.Confidence == "certain" {
					t.Errorf("%s is said to be certain", r.Cause.ID)
				}
			}
		})
	}
}

// steering names the first character of a text that steers a terminal, or is none.
func steering(s string) string {
	for i, r := range s {
		switch {
		case r == '\n' || r == '\t':
		case r < 0x20 || r >= 0x7f && r < 0xa0, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
			return fmt.Sprintf("%U", r)
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], string(utf8.RuneError)):
			return fmt.Sprintf("the byte %#x", s[i])
		}
	}
	return ""
}

// TestEndlessLine: a gigabyte without a newline is explained in little memory.
func TestEndlessLine(t *testing.T) {
	if testing.Short() || runtime.GOOS != "linux" {
		t.Skip("reads a gigabyte")
	}
	t.Parallel()
	const size, limit = 1 << 30, 128 << 20
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), exe, "explain", "-")
	c.Env = append(os.Environ(), asCommand+"=1")
	c.Stdin = io.LimitReader(endless{}, size)
	c.WaitDelay = time.Second
	out, err := c.CombinedOutput()
	if _, ok := err.(*exec.ExitError); err != nil && !ok {
		t.Fatal(err)
	}
	if !strings.Contains(string(out), "unknown") && !strings.Contains(string(out), "none.") || strings.Contains(string(out), "certain") {
		t.Errorf("%s", out)
	}
	rss := c.ProcessState.SysUsage().(*syscall.Rusage).Maxrss << 10
	if !raced && rss > limit {
		t.Errorf("%d MB in use at most, want less than %d", rss>>20, limit>>20)
	}
}

// endless is a line without end.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}
