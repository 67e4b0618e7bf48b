package ops

import (
	"strings"

	"github.com/nanodiag/nanodiag/elfdeps"
)

// HostClosure resolves the program as the host's loader would, without running
// either. The CPU's glibc-hwcaps variants count, because the loader that Ops asks
// prefers them too.
func HostClosure(program string, env []string, cwd string) (Libraries, error) {
	cfg := elfdeps.Config{Cwd: cwd, HWCaps: elfdeps.HostHWCaps()}
	for _, kv := range env { // the later setting wins, as in exec
		switch name, value, _ := strings.Cut(kv, "="); name {
		case "LD_LIBRARY_PATH":
			cfg.LibraryPath = value
		case "LD_PRELOAD":
			cfg.Preload = value
		}
	}
	c, err := elfdeps.NewLoader(elfdeps.HostFS(), cfg).Closure(program)
	if err != nil {
		return Libraries{}, err
	}
	libs := Libraries{Interpreter: c.Interpreter}
	for _, o := range c.Objects {
		if o.Path != c.Interpreter {
			libs.Paths = append(libs.Paths, o.Path)
		}
	}
	for _, m := range c.Missing {
		libs.Missing = append(libs.Missing, m.Soname)
	}
	return libs, nil
}
