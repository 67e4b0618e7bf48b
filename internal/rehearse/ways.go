//go:build linux && amd64

package rehearse

import (
	"bufio"
	"context"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// way is one combination of namespaces in which a rehearsal can run.
type way struct {
	user bool // a user namespace, in which the caller is root
	pids bool // a PID namespace, which ends as a whole with its init

	rewrite bool // no namespace at all: the tracer rewrites paths
}

// ways lists what to try, best first. A user namespace comes first even for root:
// it keeps the program from being root on the host. Without a PID namespace init
// needs no procfs of its own, which containers often forbid to mount.
func ways() []way {
	w := []way{{user: true, pids: true}, {user: true}}
	if os.Geteuid() == 0 {
		w = append(w, way{pids: true})
	}
	return append(w, way{rewrite: true})
}

// initName is argv[0] of the copy of this program that becomes init.
const initName = "nanodiag-rehearsal-init"

// Descriptors of init besides the three standard ones.
const (
	planFD  = 3 // the plan, then nothing until the parent wants the run to end
	eventFD = 4 // messages to the parent
)

// stopGrace is how long init may take to end the program and say how it went,
// before it is killed with everything in its namespaces.
const stopGrace = 2 * time.Second

func (w way) run(ctx context.Context, spec *Spec, p *plan) (*Outcome, error) {
	planR, planW, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer planW.Close()
	eventR, eventW, err := os.Pipe()
	if err != nil {
		planR.Close()
		return nil, err
	}
	defer eventR.Close()

	cmd := &exec.Cmd{
		Path: "/proc/self/exe", Args: []string{initName},
		Env:    []string{}, // nothing of the caller's acts on init
		Stdout: spec.Stdout, Stderr: spec.Stderr,
		ExtraFiles:  []*os.File{planR, eventW},
		SysProcAttr: w.attributes(),
	}
	wait, err := start(cmd)
	planR.Close()
	eventW.Close()
	if err != nil {
		return nil, unavailable(err)
	}
	raiseFileLimit(cmd.Process.Pid)
	stopped := make(chan struct{})
	defer context.AfterFunc(ctx, func() {
		planW.Close()
		select {
		case <-stopped:
		case <-time.After(stopGrace):
			_ = cmd.Process.Kill()
		}
	})()
	send := *p
	send.OwnPids, send.Rewrite, send.Parents = w.pids, w.rewrite, privateParents()
	// A failure to write shows as init's own failure below.
	_ = gob.NewEncoder(planW).Encode(&send)

	out, err := receive(eventR, spec)
	_ = cmd.Process.Kill() // it has nothing more to do; on a broken stream it must not linger
	close(stopped)
	waitErr := <-wait
	switch {
	case out != nil && errors.Is(ctx.Err(), context.DeadlineExceeded):
		out.Exit.TimedOut = true
	case ctx.Err() != nil:
		return nil, fmt.Errorf("rehearse %s: %w", spec.Program, context.Cause(ctx))
	case errors.Is(err, io.ErrUnexpectedEOF) && waitErr != nil:
		return nil, fmt.Errorf("rehearse %s: init ended early: %w", spec.Program, waitErr)
	}
	if out != nil {
		out.Incomplete = append(p.Incomplete, out.Incomplete...)
	}
	return out, err
}

// raiseFileLimit lets init, and so the program, open as many files as Linux permits
// at most (fs.nr_open's default). Only root may do so, and only from here: root of a
// user namespace may not. Init has not looked at its limits yet, because it waits for
// the plan.
func raiseFileLimit(pid int) {
	const most = 1 << 20
	_ = unix.Prlimit(pid, unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: most, Max: most}, nil)
}

// start starts cmd and waits for it on one locked thread: the kernel sends a
// parent-death signal when the thread that started a child ends, not the process.
func start(cmd *exec.Cmd) (<-chan error, error) {
	started, ended := make(chan error), make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			ended <- cmd.Wait()
		}
	}()
	return ended, <-started
}

func (w way) attributes() *syscall.SysProcAttr {
	if w.rewrite {
		// It has a directory to remove: the end of the plan's pipe tells it to end.
		return &syscall.SysProcAttr{Setsid: true}
	}
	a := &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWIPC | syscall.CLONE_NEWUTS,
		Pdeathsig:  syscall.SIGKILL,
		Setsid:     true, // no terminal, and Ctrl-C goes to nanodiag alone
	}
	if w.pids {
		a.Cloneflags |= syscall.CLONE_NEWPID
	}
	if w.user {
		a.Cloneflags |= syscall.CLONE_NEWUSER
		a.UidMappings = idMap("/proc/self/uid_map", os.Geteuid())
		a.GidMappings = idMap("/proc/self/gid_map", os.Getegid())
	}
	return a
}

// idMap maps every id that this process knows to itself when it is root, so that
// files of other owners stay as readable as they are to root. Anybody else may map
// only themselves.
func idMap(file string, id int) []syscall.SysProcIDMap {
	if os.Geteuid() == 0 {
		b, _ := os.ReadFile(file)
		var m []syscall.SysProcIDMap
		for line := range strings.Lines(string(b)) {
			var inside, outside, count int
			if n, _ := fmt.Sscan(line, &inside, &outside, &count); n == 3 {
				m = append(m, syscall.SysProcIDMap{ContainerID: inside, HostID: inside, Size: count})
			}
		}
		if len(m) > 0 {
			return m
		}
	}
	return []syscall.SysProcIDMap{{ContainerID: 0, HostID: id, Size: 1}}
}

// receive handles init's messages until it is done.
func receive(r io.Reader, spec *Spec) (*Outcome, error) {
	dec := gob.NewDecoder(bufio.NewReaderSize(r, 64<<10))
	for {
		var m message
		if err := dec.Decode(&m); err != nil {
			return nil, fmt.Errorf("rehearse %s: %w", spec.Program, io.ErrUnexpectedEOF)
		}
		switch {
		case m.Event != nil:
			if spec.Handle != nil {
				spec.Handle(m.Event)
			}
		case m.Failed != nil:
			return nil, m.Failed.err(spec.Program)
		case m.Done != nil:
			d := m.Done
			return &Outcome{
				Exit: d.Exit, Syscalls: d.Syscalls, PeakRSS: d.PeakRSS, MaxThreads: d.MaxThreads,
				OutOfMem: d.OutOfMem, Fault: d.Fault, Elapsed: d.Elapsed, Incomplete: d.Incomplete,
			}, nil
		}
	}
}
