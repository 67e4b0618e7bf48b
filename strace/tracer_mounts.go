//go:build linux && (amd64 || arm64)

package strace

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Names in the directory that serves the shim for its mounts.
const (
	stageRoot  = "root"  // where a new root directory is built
	stageError = "error" // written by a shim that could not mount
)

// makeStage makes that directory, and returns how to remove it.
func makeStage(cmd *Command) (undo func(), err error) {
	if len(cmd.Mounts) == 0 {
		return func() {}, nil
	}
	dir, err := os.MkdirTemp("", "nanodiag-mounts-")
	if err == nil {
		err = os.Mkdir(filepath.Join(dir, stageRoot), 0o755)
	}
	if err != nil {
		return nil, fmt.Errorf("make a directory for the mounts: %w", err)
	}
	cmd.stage = dir
	return func() { // name by name: never what is mounted there
		for _, name := range []string{stageRoot, stageError, ""} {
			_ = os.Remove(filepath.Join(dir, name))
		}
	}, nil
}

// mountError is what the shim said of its mounts, nil if it said nothing.
func mountError(cmd Command) error {
	if cmd.stage == "" {
		return nil
	}
	text, err := os.ReadFile(filepath.Join(cmd.stage, stageError))
	if err != nil {
		return nil
	}
	return fmt.Errorf("%w: %s", ErrMountsDenied, text)
}

// reportMounts leaves word for mountError.
func reportMounts(stage string, err error) {
	_ = os.WriteFile(filepath.Join(stage, stageError), []byte(err.Error()), 0o600)
}

// deniedMounts explains a shim that could not be started in a mount namespace.
func deniedMounts(err error) error {
	return fmt.Errorf("%w: this host gives its users no user namespaces (%w); run nanodiag as root, or sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0",
		ErrMountsDenied, err)
}

// mounted turns a path of the program into the tracer's, as far as Command.Mounts
// makes the two differ.
func (tr *tracer) mounted(abs string) (string, bool) {
	for i := len(tr.mounts) - 1; i >= 0; i-- {
		m := &tr.mounts[i]
		if abs == m.Guest {
			return m.Host, true
		}
		if rest, ok := strings.CutPrefix(abs, m.Guest); ok && rest[0] == '/' {
			return m.Host + rest, true
		}
	}
	return abs, false
}
