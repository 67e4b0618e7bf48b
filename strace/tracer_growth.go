//go:build linux && (amd64 || arm64)

package strace

import (
	"fmt"
	"path"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// maxGrowing bounds the files that are measured: each is looked at once more at the end.
const maxGrowing = 1 << 16

// growthKind says what a call does to the size of files.
type growthKind uint8

const (
	growsNot    growthKind = iota
	growsOpen              // when it opens for writing
	growsCut               // truncates by name
	growsGone              // removes the name
	growsRename            // gives the second name
)

var growthKinds = map[string]growthKind{
	"open": growsOpen, "openat": growsOpen, "openat2": growsOpen, "creat": growsOpen, "truncate": growsCut,
	"unlink": growsGone, "unlinkat": growsGone,
	"rename": growsRename, "renameat": growsRename, "renameat2": growsRename, "link": growsRename, "linkat": growsRename,
}

// inode is one file, whatever it is called.
type inode struct{ dev, ino uint64 }

// growth is one file that may be written to.
type growth struct {
	path   string // the program's name for it
	opened string // and that by which it was opened
	before int64  // size when it was first met; 0 when it was absent
	base   int64  // of its bytes, how many are not the program's
	most   int64  // seen beyond those
	absent bool   // it was, before
	node   inode
}

// growing are the files that the program may write to, by the tracer's names for them.
type growing struct {
	files    map[string]*growth
	order    []*growth
	nameless map[inode]*growth // removed, perhaps still open
	full     bool
}

// watchGrowth looks at the file of a call that is about to be made.
func (tr *tracer) watchGrowth(t *tracee) {
	c := &t.call
	if tr.opt.Answer != nil || t.proc.elsewhere || c.abs == "" {
		return
	}
	switch c.rule.grows {
	case growsOpen:
		const writes = unix.O_WRONLY | unix.O_RDWR | unix.O_TRUNC
		if c.flags&writes == 0 || c.flags&unix.O_PATH != 0 {
			return
		}
		if c.flags&unix.O_TMPFILE == unix.O_TMPFILE {
			t.proc.nameless = true
			return
		}
		if g := tr.meet(t, c.abs); g != nil && c.flags&unix.O_TRUNC != 0 {
			g.base = 0
		}
	case growsCut:
		if g := tr.meet(t, c.abs); g != nil {
			g.base = min(g.base, int64(c.args[1]))
		}
	case growsGone:
		if g := tr.grow.files[tr.outside(t.proc, c.abs)]; g != nil {
			tr.sample(g, tr.outside(t.proc, c.abs))
			t.proc.nameless = true
			if tr.grow.nameless == nil {
				tr.grow.nameless = map[inode]*growth{}
			}
			tr.grow.nameless[g.node] = g
		}
	case growsRename:
		if g := tr.grow.files[tr.outside(t.proc, c.abs)]; g != nil && c.abs2 != "" {
			tr.sample(g, tr.outside(t.proc, c.abs))
			tr.meet(t, c.abs2)
		}
	}
}

// outside is the tracer's name for a file that the process calls abs.
func (tr *tracer) outside(p *tracedProc, abs string) string {
	if name, ok := tr.mounted(abs); ok {
		return name
	}
	return p.root + abs
}

// meet returns the record of a file, nil for what is no regular file or cannot be seen.
func (tr *tracer) meet(t *tracee, abs string) *growth {
	if strings.HasPrefix(abs, "/proc/") || strings.HasPrefix(abs, "/dev/") {
		return nil
	}
	name := tr.outside(t.proc, abs)
	if g := tr.grow.files[name]; g != nil {
		tr.sample(g, name)
		return g
	}
	var st unix.Stat_t
	err := unix.Stat(name, &st)
	if err == nil && st.Mode&unix.S_IFMT != unix.S_IFREG || err != nil && err != unix.ENOENT {
		return nil
	}
	if len(tr.grow.order) >= maxGrowing {
		tr.grow.full = true
		return nil
	}
	g := &growth{path: abs, opened: abs, before: st.Size, base: st.Size, absent: err != nil, node: inode{st.Dev, st.Ino}}
	tr.watch(name, g)
	return g
}

func (tr *tracer) watch(name string, g *growth) {
	if tr.grow.files == nil {
		tr.grow.files = map[string]*growth{}
	}
	tr.grow.files[name] = g
	tr.grow.order = append(tr.grow.order, g)
}

// sample looks at a file's size, and returns it; absent is 0.
func (tr *tracer) sample(g *growth, name string) int64 {
	var st unix.Stat_t
	if unix.Stat(name, &st) != nil {
		g.node = inode{}
		return 0
	}
	g.most = max(g.most, st.Size-g.base)
	g.node = inode{st.Dev, st.Ino}
	return st.Size
}

// renamed is called when a call that gives a second name has succeeded.
func (tr *tracer) renamed(t *tracee) {
	c := &t.call
	if tr.opt.Answer != nil || t.proc.elsewhere || len(tr.grow.files) == 0 || c.abs == "" || c.abs2 == "" {
		return
	}
	from, to := tr.outside(t.proc, c.abs), tr.outside(t.proc, c.abs2)
	g := tr.grow.files[from]
	if c.rule.name == "link" || c.rule.name == "linkat" || from == to {
		return // the old name stays
	}
	if g != nil {
		tr.moveGrowth(from, to, g, c.abs2)
		return
	}
	var st unix.Stat_t
	if unix.Stat(to, &st) != nil && unix.Stat(from, &st) != nil || st.Mode&unix.S_IFMT != unix.S_IFDIR {
		return
	}
	for name, g := range tr.grow.files {
		if rest, ok := strings.CutPrefix(name, from+"/"); ok {
			tr.moveGrowth(name, to+"/"+rest, g, path.Join(c.abs2, strings.TrimPrefix(g.path, c.abs)))
		}
	}
}

// moveGrowth makes to, which the program calls abs, the name of g. What was there
// under that name is gone; so is, under the old one, what was there before the run.
func (tr *tracer) moveGrowth(from, to string, g *growth, abs string) {
	delete(tr.grow.files, from)
	if old := tr.grow.files[to]; old != nil {
		old.opened, old.base, old.most = g.opened, g.base, g.most
	} else {
		tr.watch(to, &growth{path: abs, opened: g.opened, base: g.base, most: g.most, absent: true})
	}
	if !g.absent {
		tr.grow.files[from] = &growth{path: g.path, opened: g.path, before: g.before, base: g.before}
		tr.grow.order = append(tr.grow.order, tr.grow.files[from])
	}
	g.path = "" // of no account any more
}

// closing looks at the nameless files that a process has open at its end.
func (tr *tracer) closing(p *tracedProc) {
	if !p.nameless || tr.proc.fd < 0 {
		return
	}
	dir := strconv.Itoa(tr.number(p)) + "/fd"
	for _, name := range tr.proc.list(dir) {
		var st unix.Stat_t
		if unix.Fstatat(tr.proc.fd, dir+"/"+name, &st, 0) != nil || st.Mode&unix.S_IFMT != unix.S_IFREG || st.Nlink > 0 {
			continue
		}
		node := inode{st.Dev, st.Ino}
		g := tr.grow.nameless[node]
		if g == nil {
			link, ok := tr.proc.readlink(dir + "/" + name)
			if link = linkPath(link); !ok || link == "" || !strings.HasPrefix(path.Base(link), "#") {
				continue // another's, or memory
			}
			dir := tr.inside(p, path.Dir(link))
			g = &growth{path: dir, opened: dir, absent: true, node: node}
			if tr.grow.nameless == nil {
				tr.grow.nameless = map[inode]*growth{}
			}
			tr.grow.nameless[node] = g
			tr.grow.order = append(tr.grow.order, g)
		}
		g.most = max(g.most, st.Size-g.base)
	}
}

// moved notes what the program's process has read and written at its end.
func (tr *tracer) moved(number int) {
	after := tr.proc.io(number)
	tr.res.BytesRead = max(0, after[0]-tr.ioBefore[0])
	tr.res.BytesWritten = max(0, after[1]-tr.ioBefore[1])
}

// grown returns what has become of all files.
func (tr *tracer) grown() []FileGrowth {
	if tr.grow.full {
		tr.note(fmt.Sprintf("more than %d files were opened for writing: the sizes of the others were not looked at", maxGrowing))
	}
	left := make(map[*growth]int64, len(tr.grow.files))
	for name, g := range tr.grow.files {
		left[g] = tr.sample(g, name)
	}
	var out []FileGrowth
	counted := map[inode]bool{}
	for _, g := range tr.grow.order {
		size, named := left[g]
		if g.path == "" || counted[g.node] { // a second name of the same file
			continue
		}
		if named && g.node != (inode{}) {
			counted[g.node] = true
		}
		f := FileGrowth{Path: g.path, Opened: g.opened, Written: g.most, Added: size - g.before, Made: g.absent && g.node != (inode{}) && named}
		if f.Written != 0 || f.Added != 0 || f.Made {
			out = append(out, f)
		}
	}
	return out
}
