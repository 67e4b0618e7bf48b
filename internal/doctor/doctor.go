// Package doctor examines what this host can do for nanodiag: trace a native run,
// rehearse an image, boot it with Ops and QEMU. Each check that fails names the
// command that cures it. Nothing is changed.
package doctor

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"

	"github.com/nanodiag/nanodiag/internal/ops"
	"github.com/nanodiag/nanodiag/internal/rehearse"
	"github.com/nanodiag/nanodiag/internal/report"
	"github.com/nanodiag/nanodiag/strace"
)

// Diagnosis is the state of this host.
type Diagnosis struct {
	Schema string  `json:"schema"`
	Able   bool    `json:"able"`   // some engine can run an image
	Engine string  `json:"engine"` // ops, rehearse, none
	Checks []Check `json:"checks"`
}

// Check is one thing that was looked at.
type Check struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Needed bool   `json:"needed"` // nanodiag's main job does not work without it
	Text   string `json:"text"`
	Hint   string `json:"hint,omitempty"` // the command to type
}

// Examine runs every check; it takes well below a second.
func Examine(ctx context.Context) *Diagnosis {
	d := &Diagnosis{Schema: report.SchemaDoctor, Engine: "none"}
	tracing := trace(ctx)
	d.Checks = append(d.Checks, platform(), tracing)
	re := rehearsal()
	d.Checks = append(d.Checks, re)
	usable := d.ops(ctx)
	d.Checks = append(d.Checks, disk())
	switch {
	case usable:
		d.Engine = "ops"
	case re.OK:
		d.Engine = "rehearse"
	}
	d.Able = d.Engine != "none"
	return d
}

func platform() Check {
	c := Check{Name: "platform", Needed: true, Text: runtime.GOOS + "/" + runtime.GOARCH}
	var u syscall.Utsname
	if syscall.Uname(&u) == nil {
		c.Text += ", Linux " + charString(u.Release[:])
	}
	c.OK = runtime.GOOS == "linux" && runtime.GOARCH == "amd64"
	if !c.OK {
		c.Hint = "the rehearsal needs linux/amd64; trace (also on linux/arm64), explain and deps work here"
	}
	return c
}

func charString[T int8 | uint8](s []T) string {
	var b strings.Builder
	for _, c := range s {
		if c == 0 {
			break
		}
		b.WriteByte(byte(c))
	}
	return b.String()
}

// trace runs the smallest program under the tracer: only that proves it.
func trace(ctx context.Context) Check {
	c := Check{Name: "tracing", Needed: true}
	prog, err := exec.LookPath("true")
	if err != nil {
		c.Text = "not tried: there is no program true on PATH"
		return c
	}
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		c.Text = err.Error()
		return c
	}
	defer null.Close()
	try := func(e strace.Engine) error {
		_, err := strace.Trace(ctx, strace.Command{Path: prog, Args: []string{prog}, Stdin: null, Stdout: null, Stderr: null}, strace.Options{Engine: e})
		return err
	}
	err = try(strace.EnginePtrace)
	switch {
	case err == nil:
		c.OK, c.Text = true, "programs can be traced (ptrace and seccomp)"
	case !errors.Is(err, strace.ErrPtraceDenied):
		c.Text = err.Error()
	case try(strace.EngineNotify) == nil:
		c.OK, c.Text = true, "programs can be traced through seccomp notifications, which see less: "+err.Error()
	default:
		c.Text = err.Error()
		c.Hint = "or record the run elsewhere: strace -f -e trace=file -o strace.log PROG, then nanodiag diagnose --native-log strace.log"
	}
	return c
}

func rehearsal() Check { return rehearsalCheck(rehearse.Available()) }

// rehearsalCheck puts rehearse.Available's answer into words. A rehearsal that works
// may still have a reason: what it will not show, and the command that permits more.
func rehearsalCheck(ok bool, why string) Check {
	c := Check{Name: "rehearsal", OK: ok, Text: why}
	switch {
	case ok && why == "":
		c.Text = "images can be rehearsed on this kernel"
	case ok:
		c.Text = "images can be rehearsed, with limits: " + why
	}
	return c
}

// ops reports whether images can be booted.
func (d *Diagnosis) ops(ctx context.Context) bool {
	in, err := ops.Find()
	if err != nil {
		d.Checks = append(d.Checks, Check{Name: "ops", Text: err.Error()})
		return false
	}
	in.Probe(ctx)
	lacks := map[string]ops.Lack{}
	for _, l := range in.Lacks {
		lacks[l.What] = l
	}
	add := func(name, text string) {
		c := Check{Name: name, OK: true, Text: text}
		if l, ok := lacks[name]; ok {
			c.OK, c.Text, c.Hint = false, l.Why, l.Hint
		}
		d.Checks = append(d.Checks, c)
	}
	add("ops", strings.TrimSpace(in.Ops+" "+in.Version))
	add("nanos", nanosText(in))
	add("qemu", strings.TrimSpace(in.QEMU+" "+in.QEMUVersion))
	add("kvm", "virtual machines run in hardware")
	_, usable := in.Usable()
	return usable
}

func nanosText(in ops.Installation) string {
	var parts []string
	for _, r := range in.Releases {
		p := r.Version
		if r.Version == in.Nanos {
			p += " (used by ops run)"
		}
		parts = append(parts, fmt.Sprintf("%s with %s", p, report.Count(len(r.Klibs), "klib", "klibs")))
	}
	return strings.Join(parts, ", ")
}

// lowDisk is what an image and its bundle need at least: real ones have up to
// 300 MB of libraries, twice, since they are staged and then copied into the image.
const lowDisk = 1 << 30

func disk() Check {
	c := Check{Name: "disk", OK: true}
	cwd, err := os.Getwd()
	if err != nil {
		return Check{Name: "disk", Text: err.Error()}
	}
	var s syscall.Statfs_t
	if err := syscall.Statfs(cwd, &s); err != nil {
		return Check{Name: "disk", Text: fmt.Sprintf("%s: %v", cwd, err)}
	}
	free := int64(s.Bavail) * int64(s.Bsize)
	c.Text = fmt.Sprintf("%s free in %s", report.Size(free), cwd)
	if free < lowDisk {
		c.OK, c.Hint = false, "free some space, or use --run-dir on another file system"
	}
	return c
}
