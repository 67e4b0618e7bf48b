//go:build linux && amd64

package rehearse

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// keeper copies the root when the program has ended. It holds the directory for that
// open, because no path leads to the host's files once the root is the guest's.
type keeper struct{ dir *os.File }

func newKeeper(p *plan) (*keeper, error) {
	if p.Keep == "" {
		return &keeper{}, nil
	}
	d, err := os.Open(p.Keep)
	return &keeper{d}, err
}

// keep copies everything but volumes and devices. The working directory is procfs.
func (k *keeper) keep(r *root, p *plan) error {
	if k.dir == nil {
		return nil
	}
	defer k.dir.Close()
	to := fmt.Sprintf("self/fd/%d", k.dir.Fd())
	from := r.base
	if from == "" {
		from = "/"
	}
	skip := func(guest string) bool { return slices.Contains(mountPoints(p), guest) }
	if err := copyTree(to, from, noLimit, skip); err != nil || r.rw == nil {
		return err
	}
	for guest, host := range r.rw.hosts {
		if info, err := os.Stat(host); err != nil || !info.Mode().IsRegular() || within(guest, mountPoints(p)) {
			continue
		}
		if err := copyFile(to+guest, host); err != nil {
			return err
		}
	}
	return nil
}

func mountPoints(p *plan) []string {
	var out []string
	for _, v := range p.Volumes {
		out = append(out, v.Guest)
	}
	return out
}

func within(name string, dirs []string) bool {
	return slices.ContainsFunc(dirs, func(d string) bool { return strings.HasPrefix(name, d+"/") })
}
