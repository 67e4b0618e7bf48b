package loop

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/nanodiag/nanodiag/internal/native"
	"github.com/nanodiag/nanodiag/internal/ops"
	"github.com/nanodiag/nanodiag/internal/report"
	"github.com/nanodiag/nanodiag/strace"
	"golang.org/x/sys/unix"
)

// native runs the program on this host, or reads a run that was recorded elsewhere.
func (s *session) native(ctx context.Context) error {
	p := s.opt.Project
	e, _ := p.Config.ApplyFlags(p.Flags)
	env := slices.DeleteFunc(os.Environ(), localeVariable)
	for k, v := range e.Env {
		env = append(env, k+"="+v)
	}
	s.natEnv = envMap(env)
	root, program, dir := nativeRoot(p)
	switch {
	case s.opt.NoNative:
		s.incomplete("what the program loads and reads natively: --no-native was given, so nothing could be bundled")
		return nil
	case s.opt.NativeLog != "":
		run, err := native.FromLogIn(root.Dir, s.opt.NativeLog, program, dir, env)
		if err != nil {
			return err
		}
		s.keepNative(run, s.opt.NativeLog, 0)
		return nil
	}
	absent := ""
	mounts := slices.Clone(s.opt.NativeMounts)
	for _, v := range ops.Volumes(p) {
		if slices.ContainsFunc(mounts, func(m strace.Mount) bool { return m.Guest == v.Path }) {
			continue
		}
		if v.Kind == ops.VolumeShare && v.Path != "/" {
			mounts = append(mounts, strace.Mount{Host: v.HostDir, Guest: v.Path, ReadOnly: v.Options == "ro"})
			continue
		}
		if info, err := os.Stat(v.Path); err != nil || !info.IsDir() {
			absent = v.Path
			s.incomplete(fmt.Sprintf("what the program reads from %s: the guest mounts a volume there, and this host has no such directory; show one to the native run: --native-mount DIR:%s", v.Path, v.Path))
		}
	}
	if n, err := unix.IoctlGetInt(int(os.Stdin.Fd()), unix.TIOCINQ); err == nil && n > 0 {
		s.incomplete("standard input: the guest has none, so the native run got none either")
	}
	null, err := os.Open(os.DevNull)
	if err != nil {
		return fmt.Errorf("start the native run: %w", err)
	}
	defer null.Close()
	out, err := os.OpenFile(filepath.Join(s.dir, "native.out"), os.O_CREATE|os.O_EXCL|os.O_RDWR|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("keep the native run's output: %w", err)
	}
	defer out.Close()
	if port := s.opt.Proof.Port; port != 0 && accepts(localAddress(port), 0) {
		return fmt.Errorf("port %d is taken on this host: something listens there already, which would stand for the program; end it, or use another port", port)
	}
	s.say.Start("native run")
	log := filepath.Join(s.dir, "native.strace")
	begin := time.Now()
	var ended atomic.Bool
	stop := s.hintServer(&ended)
	defer stop()
	w := &waiter{proof: s.opt.Proof, console: fileText(out.Name()), output: out.Name()}
	for _, port := range s.ports() {
		if accepts(localAddress(port), 0) {
			s.incomplete(fmt.Sprintf("port %d of the native run: something listens there on this host already", port))
			continue
		}
		w.ports = append(w.ports, &probe{port: port, address: localAddress(port), outside: outsideAddress(port)})
	}
	early, proven := untilProven(ctx, w)
	run, err := native.Record(early, native.Spec{
		Program: program, Args: p.GuestArgs(), Env: env, Dir: dir, Root: root.Dir, Log: log, Timeout: s.opt.Timeout, Mounts: mounts,
		Stdin: null, Stdout: out, Stderr: out, Ended: func() { ended.Store(true) },
	})
	proven()
	w.ended(fileText(out.Name()))
	if left := w.close(); left > 0 {
		s.incomplete(fmt.Sprintf("the middle of native.out, %s: the native run printed too much to keep", report.Size(left)))
	}
	s.natProven, s.natOpen = w.seen(), w.accepted()
	for _, p := range w.ports {
		if p.local {
			s.natLocal = append(s.natLocal, p.port)
		}
	}
	if errors.Is(err, strace.ErrPtraceDenied) && s.opt.Checks {
		// A preflight says what it can without.
		s.incomplete("what the program loads and reads natively: " + err.Error())
		return nil
	}
	if err != nil {
		return err
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	text := make([]byte, maxConsole)
	n, err := out.ReadAt(text, 0)
	if err != nil && err != io.EOF {
		return fmt.Errorf("read the native run's output: %w", err)
	}
	s.natOut = string(text[:n])
	s.natUnfit = (absent != "" || len(run.NotMounted) > 0) && (run.Result.Exit.Code != 0 || run.Result.Exit.Signal != 0)
	s.keepNative(run, log, time.Since(begin))
	return nil
}

// localeVariable reports the variables by which a program chooses its locale. The
// guest has none of them unless the configuration sets them, so the native run goes
// without: else it reads locale files that the guest never asks for, and none of
// those that it does.
func localeVariable(kv string) bool {
	name, _, _ := strings.Cut(kv, "=")
	return name == "LANG" || name == "LANGUAGE" || strings.HasPrefix(name, "LC_")
}

// serverHint is how long a native run may take before a server is thought of.
const serverHint = 10 * time.Second

// hintServer says after a while what a run that never ends needs; the returned
// function calls it off. ended says that the program is gone, and only what it started
// is left.
func (s *session) hintServer(ended *atomic.Bool) (stop func()) {
	if s.opt.Timeout > 0 || s.opt.Proof.Wanted() {
		return func() {}
	}
	t := time.AfterFunc(serverHint, func() {
		if ended.Load() {
			s.say.Hint("the program itself has ended; a process that it left in the background still runs, and nanodiag waits for it. Nanos runs one process: start the program in the foreground, or end nanodiag (Ctrl-C) and give it a limit such as --timeout 20s")
			return
		}
		s.say.Hint("the program is still running; if it is a server, end nanodiag (Ctrl-C) and say what shows that it works: --until-port 8080, --until TEXT, or a limit such as --timeout 20s")
	})
	return func() { t.Stop() }
}

func envMap(env []string) map[string]string {
	m := make(map[string]string, len(env))
	for _, kv := range env {
		k, v, _ := strings.Cut(kv, "=")
		m[k] = v
	}
	return m
}

func (s *session) keepNative(run *native.Run, log string, took time.Duration) {
	s.nat = run
	s.natCut = run.Result.Exit.TimedOut
	needed, own := 0, 0
	for _, l := range run.Libs {
		if l.Main {
			own++
			if l.InClosure {
				needed++
			}
		}
	}
	exit := report.NewExit(run.Result.Exit)
	outcome := "ok"
	if run.Result.Exit.Signal != 0 || run.Result.Exit.Code != 0 {
		outcome = "failed"
	}
	if s.natCut {
		exit, outcome = nil, "ok" // still running at its time limit: a server
	}
	s.rep.Native = &report.Native{Exit: exit, Libraries: own, Needed: needed, Files: len(run.Facts.Files), PeakRSS: run.Result.PeakRSS, Log: s.short(log)}
	s.rep.Runs = append(s.rep.Runs, report.Run{Engine: "native", Outcome: outcome, Exit: exit, Seconds: seconds(took), Traced: true, Log: s.short(log)})
	for _, i := range run.Result.Incomplete {
		s.incomplete(i)
	}
	if s.opt.NativeLog == "" {
		how := exit.Words()
		switch {
		case s.natProven:
			how = s.opt.Proof.Words()
		case s.natCut:
			how = "still running"
		}
		s.say.Done("%s after %.1f s, %s (%d by DT_NEEDED), %s", how, seconds(took),
			report.Count(own, "library", "libraries"), needed, report.Count(len(run.Facts.Files), "file", "files"))
	}
}

// plainPath is an absolute path without "." and ".." parts, which an fs.FS does not
// take. Where there is a "..", the links before it are followed first, as the kernel
// does.
func plainPath(p string) string {
	if strings.Contains(p, "/../") {
		if dir, err := filepath.EvalSymlinks(filepath.Dir(p)); err == nil {
			return filepath.Join(dir, filepath.Base(p))
		}
	}
	return filepath.Clean(p)
}

func seconds(d time.Duration) float64 {
	return float64(d.Round(time.Millisecond)) / float64(time.Second)
}

func (s *session) incomplete(text string) { s.rep.Incomplete = append(s.rep.Incomplete, text) }

// short is a path as the report shows it: relative to the working directory where
// it lies below it.
func (s *session) short(p string) string { return shortPath(s.opt.Project.Cwd, p) }

func shortPath(cwd, p string) string {
	if cwd == "/" {
		return p
	}
	if rel, err := filepath.Rel(cwd, p); err == nil && filepath.IsLocal(rel) {
		return rel
	}
	return p
}

func unique(list []string) []string {
	seen := map[string]bool{}
	out := []string{}
	for _, s := range list {
		if !seen[s] {
			seen[s] = true
			out = append(out, s)
		}
	}
	return out
}
