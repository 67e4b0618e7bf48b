package bundler

import (
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/nanodiag/nanodiag/internal/guestfs"
)

// layout lays host files into the guest's tree: symlinks as symlinks, one regular
// file for each file of the host. It is the image as planned so far.
type layout struct {
	host    hostFiles
	tree    *guestfs.Tree
	entries map[string]*Entry
	regular map[string]string // identity of a host file → guest path of its one regular file
}

func newLayout(host hostFiles, guest *guestfs.Tree) *layout {
	l := &layout{host: host, tree: guest.Clone(), entries: map[string]*Entry{}, regular: map[string]string{}}
	_ = guest.Walk(func(p string, n guestfs.Node) error {
		if n.Host == "" || !n.Mode.IsRegular() {
			return nil
		}
		if hp, ok := host.FromOS(n.Host); ok {
			if real, info, err := host.Resolve(hp); err == nil {
				if id := identity(real, info); l.regular[id] == "" {
					l.regular[id] = p
				}
			}
		}
		return nil
	})
	return l
}

// sorted returns the entries by path, so that a directory comes before what it holds.
func (l *layout) sorted() []Entry {
	out := make([]Entry, 0, len(l.entries))
	for _, e := range l.entries {
		out = append(out, *e)
	}
	slices.SortFunc(out, func(a, b Entry) int { return strings.Compare(a.To, b.To) })
	return out
}

// has reports whether p leads to something in the image.
func (l *layout) has(p string) bool {
	_, _, err := l.tree.Resolve(p)
	return err == nil
}

func (l *layout) add(e Entry) error {
	if err := l.tree.Add(e.To, e.node(l.host)); err != nil {
		return err
	}
	l.entries[e.To] = &e
	return nil
}

// place puts the host's file from at the guest path to, with the symlinks on the
// way; about says why and for whom. It returns the path in the image without
// symlinks in its directory part. Nothing happens where to exists already.
func (l *layout) place(to, from string, about Entry) (string, error) {
	return l.placeAt(path.Clean("/"+to), path.Clean("/"+from), about, 0)
}

func (l *layout) placeAt(to, from string, about Entry, depth int) (string, error) {
	if depth > maxLinks {
		return "", fmt.Errorf("more than %d symlinks", maxLinks)
	}
	if to == "/" {
		return to, nil
	}
	dir, err := l.directory(path.Dir(to), path.Dir(from), about, depth)
	if err != nil {
		return "", err
	}
	at := path.Join(dir, path.Base(to))
	if _, ok := l.tree.Lookup(at); ok && l.has(at) {
		return at, nil
	}
	hostDir, info, err := l.host.Lstat(from)
	if err != nil {
		return "", notThere(err)
	}
	switch {
	case info.Mode()&fs.ModeSymlink != 0:
		return at, l.link(at, path.Join(hostDir, path.Base(from)), about, depth)
	case info.IsDir():
		return at, l.add(Entry{To: at, Mode: fs.ModeDir | info.Mode().Perm(), Kind: KindDir, Why: about.Why, AskedAs: about.AskedAs, Family: about.Family})
	case info.Mode().IsRegular():
		return at, l.file(at, path.Join(hostDir, path.Base(from)), info, about)
	}
	return "", fmt.Errorf("is a %s", typeName(info.Mode()))
}

// directory returns where the guest directory to really is, making links on the way
// that the host has and the guest lacks. Where the guest has a directory in the
// place of the host's link (Debian's /lib beside /usr/lib), the directory stays:
// both names then hold their own entries.
func (l *layout) directory(to, from string, about Entry, depth int) (string, error) {
	cur := "/"
	parts := strings.Split(strings.Trim(to, "/"), "/")
	hostParts := strings.Split(strings.Trim(from, "/"), "/")
	for i, name := range parts {
		if name == "" {
			continue
		}
		next := path.Join(cur, name)
		if n, ok := l.tree.Lookup(next); ok {
			if n.Mode&fs.ModeSymlink != 0 {
				real, target, err := l.tree.Resolve(next)
				if err != nil || !target.Mode.IsDir() {
					return "", fmt.Errorf("%s is a link to no directory in the image", next)
				}
				next = real
			} else if !n.Mode.IsDir() {
				return "", fmt.Errorf("%s is a file in the image", next)
			}
			cur = next
			continue
		}
		// to and from end alike; a prefix that differs is the working directory's,
		// whose links the guest need not have.
		if j := len(hostParts) - len(parts) + i; j >= 0 && slices.Equal(hostParts[j:], parts[i:]) {
			hostHere := "/" + strings.Join(hostParts[:j+1], "/")
			hostDir, info, err := l.host.Lstat(hostHere)
			if err == nil && info.Mode()&fs.ModeSymlink != 0 {
				why := Entry{Why: "directory link on the way to " + to}
				if err := l.link(next, path.Join(hostDir, name), why, depth); err != nil {
					return "", err
				}
				if next, _, err = l.tree.Resolve(next); err != nil {
					return "", err
				}
			}
		}
		cur = next
	}
	return cur, nil
}

// link copies the host's symlink at from to at, with what it leads to. The text is
// kept where it is a bare name; else it is made relative, for Ops refuses a link
// that leads nowhere on the host's side of the staged tree.
func (l *layout) link(at, from string, about Entry, depth int) error {
	text, err := l.host.ReadLink(from)
	if err != nil {
		return err
	}
	if _, _, err := l.host.Resolve(from); err != nil {
		return fmt.Errorf("is a dangling link to %s", text)
	}
	var toNext, fromNext string
	switch {
	case path.IsAbs(text):
		toNext, fromNext = path.Clean(text), path.Clean(text)
	case !strings.Contains(text, "/"):
		toNext, fromNext = path.Join(path.Dir(at), text), path.Join(path.Dir(from), text)
	default:
		fromNext = path.Join(path.Dir(from), text)
		toNext = fromNext
	}
	if systemPath(toNext) && !systemPath(at) { // /etc/mtab leads to /proc/self/mounts: a process of this host
		return fmt.Errorf("is a link to %s, which the kernel makes", toNext)
	}
	target, err := l.placeAt(toNext, fromNext, about, depth+1)
	if err != nil {
		return err
	}
	return l.symlink(at, target, Entry{Why: about.Why, AskedBy: about.AskedBy, AskedAs: about.AskedAs, FoundBy: about.FoundBy, Family: about.Family})
}

// symlink makes at a relative link to target, and sees to it that the staged tree
// holds target too: Ops follows links there, not in the image.
func (l *layout) symlink(at, target string, about Entry) error {
	if at == target {
		return fmt.Errorf("link %s to itself", at)
	}
	if err := l.stage(target); err != nil {
		return err
	}
	e := about
	e.To, e.Link, e.Mode, e.Kind = at, relative(path.Dir(at), target), fs.ModeSymlink|0o777, KindLink
	return l.add(e)
}

// stage makes an entry of what only the guest has so far.
func (l *layout) stage(target string) error {
	for links := 0; l.entries[target] == nil; links++ {
		n, ok := l.tree.Lookup(target)
		if !ok || links > maxLinks {
			return fmt.Errorf("%s is not in the image", target)
		}
		e := Entry{To: target, Mode: n.Mode, Why: "already in the image; here for the links to it", Size: n.Size, Content: n.Content}
		switch {
		case n.Mode.IsDir():
			e.Kind = KindDir
		case n.Mode&fs.ModeSymlink != 0:
			e.Kind, e.Link, e.Size = KindLink, n.Target, 0
			if path.IsAbs(n.Target) {
				e.Link = relative(path.Dir(target), n.Target)
			}
		default:
			e.Kind = KindData
			if n.Host != "" {
				from, ok := l.host.FromOS(n.Host)
				if !ok {
					return fmt.Errorf("%s comes from outside the host's root", target)
				}
				e.From = from
			}
		}
		l.entries[target] = &e
		if e.Link == "" {
			return nil
		}
		target = path.Join(path.Dir(target), e.Link)
	}
	return nil
}

// maxCopy bounds the data file that is copied once for each name (bytes): a symlink
// costs nothing, and a model of gigabytes must not be in the image twice.
const maxCopy = 16 << 20

// file puts a regular file at at. What the image has already by another name is a
// link where the loader would load it twice, or where a copy costs too much; other
// data is copied, for the host has no link there: git(1) takes a symlink in the place
// of .git/HEAD for a reference to another branch, and lstat(2) and O_NOFOLLOW tell.
func (l *layout) file(at, from string, info fs.FileInfo, about Entry) error {
	id := identity(from, info)
	f, err := l.host.FS.Open(rel(from)) // Stage must not fail for one file
	if err != nil {
		return notThere(err)
	}
	defer f.Close()
	if other := l.regular[id]; other != "" && (about.Kind == KindLibrary || info.Size() > maxCopy || l.isLibrary(other) || isELF(f)) {
		return l.symlink(at, other, Entry{Why: about.Why, AskedBy: about.AskedBy, AskedAs: about.AskedAs, FoundBy: about.FoundBy, Family: about.Family})
	}
	e := about
	e.To, e.From, e.Size = at, from, info.Size()
	e.Mode = info.Mode().Perm()
	if e.Kind == "" {
		e.Kind = KindData
	}
	if err := l.add(e); err != nil {
		return err
	}
	if l.regular[id] == "" {
		l.regular[id] = at
	}
	return nil
}

func (l *layout) isLibrary(p string) bool {
	e := l.entries[p]
	return e != nil && e.Kind == KindLibrary
}

func isELF(r io.Reader) bool {
	var magic [4]byte
	_, err := io.ReadFull(r, magic[:])
	return err == nil && string(magic[:]) == elf.ELFMAG
}

// relative is the path from the directory dir to target, both absolute and clean.
func relative(dir, target string) string {
	d := strings.Split(strings.Trim(dir, "/"), "/")
	t := strings.Split(strings.Trim(target, "/"), "/")
	if dir == "/" {
		d = nil
	}
	i := 0
	for i < len(d) && i < len(t) && d[i] == t[i] {
		i++
	}
	up := strings.Repeat("../", len(d)-i)
	if s := up + strings.Join(t[i:], "/"); s != "" {
		return s
	}
	return "."
}

// notThere words an error of looking for a host file for a Dropped.
func notThere(err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return errors.New("is no longer there")
	case errors.Is(err, fs.ErrPermission):
		return errors.New("is not readable; run as a user who may read it")
	}
	return err
}

func typeName(m fs.FileMode) string {
	switch {
	case m&fs.ModeSocket != 0:
		return "socket"
	case m&fs.ModeNamedPipe != 0:
		return "named pipe"
	case m&fs.ModeDevice != 0:
		return "device"
	}
	return "special file"
}
