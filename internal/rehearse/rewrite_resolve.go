//go:build linux && amd64

package rehearse

import (
	"os"
	"path"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// maxLinks bounds the links of one path as both kernels do.
const maxLinks = 40

// resolve follows the links of an absolute guest path inside the view, the last
// component's only if follow is set or a slash comes after it. Where a component is
// missing or no directory, the rest is returned as it is: the kernel fails there.
func (w *rewriter) resolve(p string, follow bool) (string, error) {
	tail := ""
	if strings.HasSuffix(p, "/") {
		follow, tail = true, "/"
	}
	rest := strings.Split(p, "/")
	cur, links := "", 0
	buf := make([]byte, unix.PathMax)
	for len(rest) > 0 {
		name := rest[0]
		rest = rest[1:]
		switch name {
		case "", ".":
			continue
		case "..":
			var st unix.Stat_t
			if unix.Lstat(w.base+cur, &st) != nil || st.Mode&unix.S_IFMT != unix.S_IFDIR {
				return strings.Join(append([]string{cur, name}, rest...), "/"), nil
			}
			if cur = path.Dir(cur); cur == "/" || cur == "." {
				cur = ""
			}
			continue
		}
		next := cur + "/" + name
		if isLast(rest) && !follow {
			return next, nil
		}
		n, err := unix.Readlink(w.base+next, buf)
		switch {
		case err == unix.EINVAL: // no link
			cur = next
			continue
		case err != nil:
			if isLast(rest) {
				return next + tail, nil
			}
			return strings.Join(append([]string{next}, rest...), "/"), nil
		}
		if links++; links > maxLinks {
			return "", unix.ELOOP
		}
		target := string(buf[:n])
		if path.IsAbs(target) {
			cur = ""
		}
		rest = append(strings.Split(target, "/"), rest...)
	}
	if cur == "" {
		return "/", nil
	}
	return cur + tail, nil
}

func isLast(rest []string) bool {
	for _, r := range rest {
		if r != "" {
			return false
		}
	}
	return true
}

// use returns the host's path for a resolved guest path, after it has made sure that
// what is about to happen does not happen to a file of the host.
func (w *rewriter) use(guest string, use useRule, flags uint64) string {
	host, bound := w.hosts[strings.TrimSuffix(guest, "/")]
	inView := w.base + guest
	device := bound && strings.HasPrefix(guest, "/dev/")
	switch use {
	case useRead:
	case useAccess:
		return inView // the stand-in grants everything to this user
	case useOpen:
		if flags&(unix.O_WRONLY|unix.O_RDWR|unix.O_TRUNC) != 0 && !device {
			w.ownCopy(guest)
			return inView
		}
	case useChange:
		if !device {
			w.ownCopies(guest)
			return inView
		}
	case useRemove:
		w.forget(guest)
		return inView
	}
	if bound && !strings.HasSuffix(guest, "/") {
		return host
	}
	return inView
}

func (w *rewriter) forget(guest string) {
	delete(w.guests, w.hosts[guest])
	delete(w.hosts, guest)
}

// ownCopies is ownCopy for a directory too, with everything in it.
func (w *rewriter) ownCopies(guest string) {
	w.ownCopy(guest)
	for g := range w.hosts {
		if strings.HasPrefix(g, guest+"/") {
			w.ownCopy(g)
		}
	}
}

// ownCopy fills the stand-in of a host's file with its content, so that the program
// can write to it.
func (w *rewriter) ownCopy(guest string) {
	host, ok := w.hosts[guest]
	if !ok {
		return
	}
	if err := copyFile(w.base+guest, host); err != nil {
		w.root.note("the program could not write to " + guest + ": " + err.Error())
		return
	}
	w.forget(guest)
}

// makeView lays the plan's entries out below base.
func (w *rewriter) makeView(p *plan) error {
	for _, e := range p.Entries {
		if err := w.root.add(e); err != nil {
			return err
		}
	}
	for _, v := range p.Volumes {
		if err := w.addVolume(v); err != nil {
			return err
		}
	}
	return nil
}

// stand puts an empty file where a file of the host shows.
func (w *rewriter) stand(guest, to, host string) error {
	fd, err := unix.Open(to, unix.O_CREAT|unix.O_EXCL|unix.O_WRONLY|unix.O_CLOEXEC, modeAll)
	if err != nil {
		return err
	}
	unix.Close(fd)
	host = w.realPath(host)
	w.hosts[guest] = host
	w.guests[host] = guest
	return nil
}

// realPath is a host's path as procfs will show it.
func (w *rewriter) realPath(host string) string {
	dir, name := filepath.Split(host)
	real, known := w.dirs[dir]
	if !known {
		if r, err := filepath.EvalSymlinks(dir); err == nil {
			real = r
		}
		w.dirs[dir] = real
	}
	if _, err := os.Readlink(host); err != nil && real != "" {
		return filepath.Join(real, name)
	}
	if r, err := filepath.EvalSymlinks(host); err == nil {
		return r
	}
	return host
}

// addVolume shows a directory of the host. Its files become copies when they are
// written to.
func (w *rewriter) addVolume(v volume) error {
	to := w.base + v.Guest
	if err := os.RemoveAll(to); err != nil { // a mount hides what the image has there
		return err
	}
	for g := range w.hosts {
		if strings.HasPrefix(g, v.Guest+"/") {
			w.forget(g)
		}
	}
	if err := os.MkdirAll(to, modeAll); err != nil || v.Host == "" {
		return err
	}
	return filepath.WalkDir(v.Host, func(name string, d os.DirEntry, err error) error {
		rel, relErr := filepath.Rel(v.Host, name)
		if err != nil || relErr != nil || rel == "." {
			return err
		}
		e := entry{Path: path.Join(v.Guest, rel), Host: name}
		switch {
		case d.IsDir():
			e.Kind = entryDir
		case d.Type()&os.ModeSymlink != 0:
			e.Kind = entryLink
			if e.Target, err = os.Readlink(name); err != nil {
				return err
			}
		case d.Type().IsRegular():
			e.Kind = entryBind
		default:
			return nil
		}
		return w.root.add(e)
	})
}
