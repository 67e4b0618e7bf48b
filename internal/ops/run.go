package ops

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"github.com/nanodiag/nanodiag/internal/bigfile"
)

// Runner runs programs under Ops and QEMU.
type Runner struct {
	Installation
}

// RunSpec is one guest run.
type RunSpec struct {
	Project Project
	Issues  []Issue // of ParseConfig and View: where Ops refuses, it gets the user's own config, to refuse in its own words
	Dir     string  // existing directory for the log and the config copy
	Log     string  // name of the log in Dir; "" is "guest.log"

	Trace       bool              // trace system calls, list missing files, log level info
	Summary     bool              // count system calls
	Passthrough map[string]string // further kernel options, such as noaslr or ingest_program_symbols

	// Forward are further TCP ports, HOST-GUEST, that QEMU's user network forwards. As
	// with Ops's -p, the program sees them in OPS_PORT.
	Forward []string

	Timeout   time.Duration // for the guest, from its start; 0 is no limit
	Until     func() bool   // asked often once the guest boots; true ends the run; nil never
	MaxLog    int64         // end the run when the log is larger; 0 is 1 GiB
	KeepImage bool          // leave the raw image in OPS home
}

// Run is what came of a RunSpec.
type Run struct {
	Argv       []string // the command, argv[0] included
	LogPath    string
	ConfigPath string // the config that Ops read; "" without one

	Booted     bool   // the guest's kernel came up
	Status     *int   // the guest's true status; nil when it is not known
	StatusFrom string // "klog", "debug_exit", or "" for a status taken from the absence of both
	Signal     bool   // Status is a signal's number
	Klog       *Klog  // nil for status 0 and kernel faults

	TimedOut  bool
	UntilSeen bool
	LogFull   bool  // stopped at MaxLog
	LeftOut   int64 // bytes in the middle of the log that were not kept
	Cancelled bool  // stopped by the context
	Elapsed   time.Duration
	OpsExit   int    // -1 when a signal ended Ops
	QEMUExit  *int   // as Ops printed it; nil for 0
	ImagePath string // "" once it is removed
}

const (
	// buildLimit is added to the time limit until the guest starts: Ops looks for a
	// newer release on the network, downloads, and copies the files.
	buildLimit = 3 * time.Minute
	// stopGrace is how long Ops may take to end QEMU after SIGTERM; with QMP it
	// waits two seconds by design.
	stopGrace = 5 * time.Second
)

// Run builds the image of s and boots it. When ctx ends, Ops and QEMU are ended,
// nothing is left behind, and the error is ctx's; the Run then tells how far it got.
// An error otherwise means that the run could not be made at all: how the guest, Ops
// or QEMU fared is in the Run.
func (r Runner) Run(ctx context.Context, s RunSpec) (*Run, error) {
	if r.Ops == "" {
		return nil, errors.New("run guest: ops is not installed; " + installOps)
	}
	dir, err := filepath.Abs(s.Dir)
	if err != nil {
		return nil, fmt.Errorf("run guest: %w", err)
	}
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return nil, fmt.Errorf("run guest: %w", err)
	}
	image := imageName()
	run := &Run{LogPath: filepath.Join(dir, orDefault(s.Log, "guest.log"))}
	if err := r.prepare(run, s, dir, image); err != nil {
		return nil, fmt.Errorf("run guest: %w", err)
	}
	tmp := filepath.Join(dir, "tmp-"+image)
	err = os.Mkdir(tmp, 0o700)
	if err != nil {
		return nil, fmt.Errorf("run guest: %w", err)
	}
	defer os.RemoveAll(tmp)
	run.ImagePath = filepath.Join(r.Home, "images", image)
	defer func() {
		if !s.KeepImage {
			_ = os.Remove(run.ImagePath) // there is none when Ops refused
			run.ImagePath = ""
		}
	}()

	err = r.execute(ctx, run, s, tmp)
	if err != nil && ctx.Err() == nil {
		return nil, fmt.Errorf("run guest: %w", err)
	}
	if left, e := bigfile.Compact(run.LogPath); e == nil {
		run.LeftOut = left
	}
	if e := run.conclude(); e != nil && err == nil {
		err = fmt.Errorf("run guest: %w", e)
	}
	return run, err
}

func orDefault(s, def string) string {
	if s == "" {
		return def
	}
	return s
}

// imageName is an image name of our own: two runs of one name would overwrite each
// other's image, and the name finds the QEMU process of this run.
func imageName() string {
	b := make([]byte, 8)
	_, _ = rand.Read(b) // never fails
	return ownName(hex.EncodeToString(b))
}

// prepare writes the config copy and sets the command line.
func (r Runner) prepare(run *Run, s RunSpec, dir, image string) error {
	p := s.Project
	program := p.Program
	if _, refused := Refused(s.Issues); (refused || p.Config == nil) && p.sameText() && p.Flags.Config != "" {
		f := p.Flags
		f.ImageName, f.Debug, f.SkipBuild = image, false, false
		run.ConfigPath = f.Config
		run.Argv = append([]string{r.Ops, "run", program}, f.Argv()...)
		return nil
	}
	c, f, err := s.diagnostic(r.Installation, dir, image)
	if err != nil {
		return err
	}
	b, err := c.encode()
	if err != nil {
		return err
	}
	run.ConfigPath = filepath.Join(dir, "config.json")
	if err := os.WriteFile(run.ConfigPath, b, 0o600); err != nil { // Env may hold secrets
		return err
	}
	f.Config = run.ConfigPath
	run.Argv = append([]string{r.Ops, "run", program}, f.Argv()...)
	return nil
}

// execute runs Ops until it ends or must be ended, and leaves no process behind.
func (r Runner) execute(ctx context.Context, run *Run, s RunSpec, tmp string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	log, err := os.OpenFile(run.LogPath, os.O_CREATE|os.O_TRUNC|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()

	cmd := exec.Command(r.Ops, run.Argv[1:]...)
	cmd.Dir = s.Project.Cwd
	cmd.Env = s.environ(r.Installation, tmp)
	if c := s.Project.Config; c != nil && c.defaults != nil && run.ConfigPath != c.Source {
		// The copy holds them already, without what hides the end and with paths that
		// hold from there.
		cmd.Env = append(cmd.Env, "OPS_DEFAULT_CONFIG="+run.ConfigPath)
	}
	cmd.Stdout, cmd.Stderr = log, log // stdin is /dev/null: QEMU's serial port reads it
	// A group of its own: Ctrl-C on the terminal reaches us and we end Ops in order.
	// Should we be killed outright, Ops gets SIGTERM and ends QEMU. The kernel ties
	// that signal to the thread that forked, so the thread must stay.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return err
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()

	w := &watch{path: run.LogPath, until: s.Until}
	defer w.close()
	why := w.wait(ctx, done, s, start)
	if why != ended {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-done:
		case <-time.After(stopGrace):
			_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
			<-done
		}
	}
	endQEMU(run.ImagePath)
	run.Elapsed = time.Since(start)
	run.OpsExit = cmd.ProcessState.ExitCode()
	run.TimedOut = why == timedOut
	run.UntilSeen = why == untilSeen
	run.LogFull = why == logFull
	run.Cancelled = why == cancelled
	if run.Cancelled {
		return ctx.Err()
	}
	return nil
}
