//go:build linux && amd64

package rehearse

import (
	"fmt"
	"io"
	"path"
	"strings"
	"syscall"

	"github.com/nanodiag/nanodiag/elfdeps"
	"github.com/nanodiag/nanodiag/strace"
)

// LimitsOfStatic is what Static cannot see, as a sentence.
const LimitsOfStatic = "anything that the program does: nothing may be traced here, so only the libraries that it is linked with were looked up in the image; what it loads at run time, its files and its system calls were not"

// Static is for systems where nothing may be traced: it tells from the view alone
// whether the guest would start the program, and whether the loader would find what
// the program is linked with. The loader's words go to Stderr and its vain look-ups to
// Handle, as in a run. found is false where nothing is wrong so far, which says
// nothing about the rest of the run.
func Static(spec Spec) (out *Outcome, found bool, err error) {
	if _, err := newPlan(&spec); err != nil {
		out, err := refused(err)
		return out, err == nil, err
	}
	cfg := elfdeps.Config{Cwd: path.Clean("/" + spec.Cwd)}
	for _, kv := range spec.Env {
		switch name, value, _ := strings.Cut(kv, "="); name {
		case "LD_LIBRARY_PATH":
			cfg.LibraryPath = value
		case "LD_PRELOAD":
			cfg.Preload = value
		}
	}
	c, err := elfdeps.NewLoader(spec.View, cfg).Closure(path.Clean("/" + spec.Program))
	if err != nil {
		return nil, false, fmt.Errorf("look up the libraries of %s: %w", spec.Program, err)
	}
	out = &Outcome{Incomplete: []string{LimitsOfStatic}}
	switch {
	case len(c.Missing) > 0:
		m := c.Missing[0]
		tell(spec, m.Tried)
		out.Exit.Code = bootFailure
		say(spec, "%s: error while loading shared libraries: %s: cannot open shared object file: No such file or directory", spec.argv0(), m.Soname)
	case len(c.VersionMissing) > 0:
		v := c.VersionMissing[0]
		out.Exit.Code = 1
		say(spec, "%s: %s: version `%s' not found (required by %s)", spec.argv0(), v.Object, v.Version, v.NeededBy)
	default:
		return out, false, nil
	}
	return out, true, nil
}

func (s *Spec) argv0() string {
	if len(s.Args) > 0 {
		return s.Args[0]
	}
	return s.Program
}

// say prints what the loader says on the console.
func say(spec Spec, format string, args ...any) {
	if spec.Stderr != nil {
		_, _ = io.WriteString(spec.Stderr, fmt.Sprintf(format, args...)+"\n")
	}
}

// tell reports the loader's look-ups, all of them in vain.
func tell(spec Spec, tried []string) {
	if spec.Handle == nil {
		return
	}
	for _, p := range tried {
		spec.Handle(&strace.Event{
			Kind: strace.KindCall, State: strace.Predicted, PID: 1, TID: 1, Name: "openat", Path: p, Abs: p,
			Flags: syscall.O_RDONLY | syscall.O_CLOEXEC, Ret: -1, Err: syscall.ENOENT,
		})
	}
}
