package native

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/nanodiag/nanodiag/strace"
)

// trace runs cmd with its mounts, and without them where they are refused: then it
// says so, and what the program saw instead.
func (r *Run) trace(ctx context.Context, cmd strace.Command, opt strace.Options) (*strace.Result, error) {
	res, err := strace.Trace(ctx, cmd, opt)
	if !errors.Is(err, strace.ErrMountsDenied) {
		return res, err
	}
	var notes []string
	for _, m := range cmd.Mounts {
		saw := "the program found nothing there"
		if _, err := os.Stat(cmd.Root + m.Guest); err == nil {
			saw = "the program saw what this host has there"
		}
		notes = append(notes, fmt.Sprintf("%s was not shown at %s natively, %s: %v", m.Host, m.Guest, saw, err))
		r.NotMounted = append(r.NotMounted, m.Guest)
	}
	cmd.Mounts = nil
	if res, err = strace.Trace(ctx, cmd, opt); res != nil {
		res.Incomplete = append(notes, res.Incomplete...)
	}
	return res, err
}

// behind returns where the operating system finds what the program calls p.
func behind(mounts []strace.Mount, host func(string) string) func(p string) string {
	return func(p string) string {
		for _, m := range mounts {
			if rest, ok := strings.CutPrefix(p, m.Guest); ok && (rest == "" || rest[0] == '/') {
				return m.Host + rest
			}
		}
		return host(p)
	}
}
