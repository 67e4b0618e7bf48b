//go:build linux && amd64

package rehearse

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/nanodiag/nanodiag/strace"
)

// The private directory of one rehearsal by rewriting: D/lock is locked as long as
// its owner lives, D/root is the view. An owner that is killed outright leaves it to
// the next rehearsal to remove.
const (
	privatePrefix = "nanodiag-rehearsal-"
	privateRoot   = "root"
	privateLock   = "lock"
)

// privateParents are where such directories are made, best first: memory, which a
// restart clears.
func privateParents() []string {
	dirs := []string{os.Getenv("XDG_RUNTIME_DIR"), "/dev/shm", os.TempDir(), "/var/tmp"}
	if dirs[0] == "" {
		return dirs[1:]
	}
	return dirs
}

// makeRewriter lays the view out in a private directory. remove takes it away again.
func makeRewriter(p *plan) (r *root, remove func(), err error) {
	proc, err := os.Open(procDir)
	if err != nil {
		return nil, nil, err
	}
	dir, lock, err := privateDir(p.Parents)
	if err != nil {
		return nil, nil, err
	}
	remove = func() {
		removeAll(dir)
		lock.Close()
	}
	unix.Umask(0)
	r = &root{proc: proc, base: filepath.Join(dir, privateRoot)}
	r.rw = &rewriter{root: r, base: r.base, hosts: map[string]string{}, guests: map[string]string{}, dirs: map[string]string{}}
	if p.Free != 0 {
		r.notes = append(r.notes, noteFree)
	}
	err = os.Mkdir(r.base, 0o777)
	if err == nil {
		err = r.rw.makeView(p)
	}
	if err == nil {
		err = proc.Chdir() // as makeRoot does
	}
	if err != nil {
		remove()
		return nil, nil, err
	}
	r.findConsole()
	return r, remove, nil
}

// privateDir makes a directory that code can be mapped from, after it has removed
// what others left there.
func privateDir(parents []string) (string, *os.File, error) {
	err := error(fs.ErrNotExist)
	for _, parent := range parents {
		var st unix.Statfs_t
		if unix.Statfs(parent, &st) != nil || st.Flags&unix.ST_NOEXEC != 0 {
			continue
		}
		removeStale(parent)
		var dir string
		if dir, err = os.MkdirTemp(parent, privatePrefix); err != nil {
			continue
		}
		if dir, err = filepath.EvalSymlinks(dir); err != nil {
			return "", nil, err
		}
		lock, err := lockFile(filepath.Join(dir, privateLock), os.O_CREATE)
		return dir, lock, err
	}
	return "", nil, fmt.Errorf("make a private directory for the image in %s: %w", strings.Join(parents, ", "), err)
}

func lockFile(name string, flag int) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_RDWR|flag, 0o600)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// removeStale removes this user's directories whose owner is gone.
func removeStale(parent string) {
	dirs, _ := filepath.Glob(filepath.Join(parent, privatePrefix+"*"))
	for _, dir := range dirs {
		var st unix.Stat_t
		if unix.Lstat(dir, &st) != nil || int(st.Uid) != os.Geteuid() || st.Mode&unix.S_IFMT != unix.S_IFDIR {
			continue
		}
		// One without a lock is about to get it.
		if lock, err := lockFile(filepath.Join(dir, privateLock), 0); err == nil {
			removeAll(dir)
			lock.Close()
		}
	}
}

// removeAll removes a tree in which directories may have lost their permissions.
func removeAll(dir string) {
	if os.RemoveAll(dir) == nil {
		return
	}
	_ = filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if d != nil && d.IsDir() {
			_ = os.Chmod(name, 0o700)
		}
		return nil
	})
	_ = os.RemoveAll(dir)
}

// command makes cmd start the program in the view.
func (w *rewriter) command(cmd *strace.Command) error {
	program, err := w.executable(cmd.Path)
	if err != nil {
		return err
	}
	dir, err := w.resolve(cmd.Dir, true)
	if err != nil {
		return err
	}
	cmd.Path, cmd.Root, cmd.Dir = program, "", w.base+dir
	cmd.Env = append(slices.Clone(cmd.Env), scratchVariable())
	return nil
}

// executable returns the host's path of a file to execute as the program. The kernel
// itself opens PT_INTERP, by the host's paths; where the image has another loader
// there than the host, a copy of the program names that one instead. Nothing else
// shows the difference: the loader takes its own name from the program's memory.
func (w *rewriter) executable(program string) (string, error) {
	guest, err := w.resolve(program, true)
	if err != nil {
		return "", err
	}
	host := w.use(guest, useRead, 0)
	f, err := os.Open(host)
	if err != nil {
		return "", err
	}
	defer f.Close()
	at, interp, err := findInterpreter(f)
	if err != nil || interp == "" {
		return host, nil
	}
	loader, err := w.resolve(interp, true)
	if err != nil {
		return "", err
	}
	loader = w.use(loader, useRead, 0)
	if sameFile(loader, interp) {
		return host, nil
	}
	to := filepath.Join(filepath.Dir(w.base), filepath.Base(guest))
	if err := copyFile(to, host); err != nil {
		return "", err
	}
	w.guests[to] = guest
	return to, at.replace(to, loader)
}

func sameFile(a, b string) bool {
	x, errX := os.Stat(a)
	y, errY := os.Stat(b)
	return errX == nil && errY == nil && os.SameFile(x, y)
}
