package bundler

import (
	"debug/elf"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/nanodiag/nanodiag/strace"
)

// data plans rule 3: what was opened, listed, read as a link or merely looked at.
func (p *planner) data() {
	for _, use := range p.in.Facts.Files {
		p.data1(use)
	}
	p.listings()
}

// data1 plans one path. What it leaves out for a reason that a user may want to
// know is in Dropped; the ordinary is not.
func (p *planner) data1(use strace.FileUse) {
	at := p.guestPath(use)
	if at == "" {
		p.drop(use.Path, "was used by a relative path, and the directory of the native run is not known")
		return
	}
	if p.in.LibsOnly || p.leftOut(use.Path) || ownFile(use.Path) {
		return
	}
	if !utf8.ValidString(at) {
		p.drop(use.Path, "has a name that is not UTF-8, which Nanos cannot open (ENAMETOOLONG): rename it")
		return
	}
	if why, ok := replacedFiles[at]; ok && use.Mode&strace.ModeRead != 0 {
		p.replace(at, use.Path, why)
	}
	if p.layout.has(at) {
		return
	}
	if system := systemPath(use.Path); system {
		if p.served(at) {
			return
		}
		if p.madeByProgram(use) && strings.Count(at, "/") > 2 { // shm_open(3) wants /dev/shm
			p.parentOf(at, use)
			return
		}
		if !p.frozen.match(use.Path) {
			p.drop(use.Path, "describes this machine while it runs, and Nanos has no such file; --include-frozen bundles it as it is now")
			return
		}
		p.frozenFile(at, use)
		return
	}
	if m := p.mountAbove(at); m != "" {
		p.drop(use.Path, "lies below the mount point %s: the volume provides it", m)
		return
	}
	if p.isCore(use.Path) {
		p.drop(use.Path, "is a core file")
		return
	}
	if reason := secret(use.Path); reason != "" {
		p.drop(use.Path, "%s is not bundled; map it by hand if the program needs it", reason)
		return
	}
	if use.Mode&strace.ModeExec != 0 {
		if use.Path != p.in.HostProgram {
			p.drop(use.Path, "was executed: Nanos runs one program")
		}
		return
	}
	if p.madeByProgram(use) {
		p.parentOf(at, use) // what the program makes itself, it makes again
		return
	}
	if _, err := p.layout.place(at, use.Path, Entry{Kind: KindData, Why: usedAs(use), AskedAs: asked(use)}); err != nil {
		p.drop(use.Path, "%v", err)
		return
	}
	p.alias(at, use.Path, use.Asked == "")
}

// alias gives what lies below the native run's directory a second name, below the
// guest's: a program that builds absolute paths from getcwd(2) or from the place of
// its own executable asks by that one in the guest.
func (p *planner) alias(at, host string, absolute bool) {
	if !absolute || at != path.Clean(host) {
		return
	}
	for _, base := range [...]struct {
		host, guest string
		evidence    bool
	}{
		{p.in.HostCwd, p.in.Cwd, p.in.Facts.Syscalls["getcwd"] > 0},
		{path.Dir(p.in.HostProgram), path.Dir(p.in.Program), p.readsOwnPath()},
	} {
		tail, below := strings.CutPrefix(at, base.host+"/")
		to := path.Join(base.guest, tail)
		if base.host == "" || base.host == "/" || !base.evidence || !below || to == at || p.layout.has(to) {
			continue
		}
		if _, err := p.layout.place(to, host, Entry{Why: "the same file as seen from " + base.guest}); err != nil {
			p.drop(to, "%v", err)
		}
	}
}

func (p *planner) readsOwnPath() bool {
	return slices.ContainsFunc(p.in.Facts.Files, func(f strace.FileUse) bool {
		return f.Path == "/proc/self/exe" && f.Mode&strace.ModeLink != 0
	})
}

// replace puts the host's file over one that Ops writes itself.
func (p *planner) replace(at, host, why string) {
	n, ok := p.in.Guest.Lookup(at)
	if !ok || n.Origin != "ops" || p.layout.entries[at] != nil {
		return
	}
	real, info, err := p.plan.host.Resolve(host)
	if err != nil || !info.Mode().IsRegular() {
		return
	}
	if err := p.layout.add(Entry{To: at, From: real, Mode: info.Mode().Perm(), Kind: KindData, Why: why, AskedAs: host, Size: info.Size()}); err != nil {
		p.drop(host, "%v", err)
	}
}

// isCore goes by what the file is; directories and modules are called core as well.
func (p *planner) isCore(name string) bool {
	if base := path.Base(name); base != "core" && !strings.HasPrefix(base, "core.") {
		return false
	}
	real, info, err := p.plan.host.Resolve(name)
	if err != nil || !info.Mode().IsRegular() {
		return false
	}
	f, err := p.parse(real)
	return err == nil && f.Type == elf.ET_CORE
}

// madeByProgram: what it created, or wrote without reading; or might have created,
// and has removed since.
func (p *planner) madeByProgram(use strace.FileUse) bool {
	if use.Created || use.Mode&strace.ModeWrite != 0 && use.Mode&strace.ModeRead == 0 {
		return true
	}
	if !use.Creates {
		return false
	}
	_, _, err := p.plan.host.Resolve(use.Path)
	return errors.Is(err, fs.ErrNotExist)
}

// guestPath is where the guest will look for what was used: a relative path starts
// from the guest's working directory there.
func (p *planner) guestPath(use strace.FileUse) string {
	switch {
	case use.Asked == "" && path.IsAbs(use.Path):
		return path.Clean(use.Path)
	case use.Asked == "":
		if p.in.HostCwd == "" {
			return ""
		}
		return path.Join(p.in.Cwd, use.Path)
	case p.in.HostCwd != "" && path.Join(p.in.HostCwd, use.Asked) != path.Clean(use.Path):
		// The program went to another directory first, or asked from a descriptor.
		if rest, ok := p.fromCwd(path.Clean(use.Path)); ok {
			return path.Join(p.in.Cwd, rest)
		}
		return path.Clean(use.Path)
	}
	return path.Join(p.in.Cwd, use.Asked)
}

// fromCwd reports whether the program came to at by a relative path, so that it comes
// to another place in the guest: "git -C repo log" changes to repo, and asks for .git.
func (p *planner) fromCwd(at string) (rest string, ok bool) {
	rest, below := strings.CutPrefix(at, strings.TrimSuffix(p.in.HostCwd, "/")+"/")
	if !below {
		return "", false
	}
	if p.wentTo == nil {
		p.wentTo = map[string]bool{}
		for _, use := range p.in.Facts.Files {
			if use.Asked != "" && path.Join(p.in.HostCwd, use.Asked) == path.Clean(use.Path) {
				p.wentTo[path.Clean(use.Path)] = true
			}
		}
	}
	for dir := path.Dir(at); dir != "/" && dir != path.Clean(p.in.HostCwd); dir = path.Dir(dir) {
		if p.wentTo[dir] {
			return rest, true
		}
	}
	return "", false
}

func asked(use strace.FileUse) string {
	if use.Asked != "" {
		return use.Asked
	}
	return use.Path
}

func usedAs(use strace.FileUse) string {
	switch {
	case use.Mode&strace.ModeListed != 0:
		return "its entries were listed"
	case use.Mode&strace.ModeRead != 0:
		return "was read"
	case use.Mode&strace.ModeLink != 0:
		return "was read as a link"
	}
	return "was looked for and is only there"
}

// parentOf keeps the directory in which the program makes a file.
func (p *planner) parentOf(at string, use strace.FileUse) {
	dir := path.Dir(at)
	if use.Mode&strace.ModeDir != 0 && !use.Created {
		dir = at
	}
	if p.layout.has(dir) || dir == "/" || p.served(dir) {
		return
	}
	if slices.ContainsFunc(p.in.Facts.Files, func(f strace.FileUse) bool { return f.Created && p.guestPath(f) == dir }) {
		return // made by the program as well
	}
	from := path.Dir(use.Path)
	if dir == at {
		from = use.Path
	}
	if _, err := p.layout.place(dir, from, Entry{Why: "the program writes into it"}); err != nil {
		p.drop(from, "%v", err)
	}
}

// served reports whether Nanos has the path itself; it must not be in the image.
func (p *planner) served(at string) bool {
	if p.in.Table == nil {
		return false
	}
	return p.in.Table.Registers(at, p.in.Version)
}

// frozenFile bundles the present content of a file that the kernel makes: its size
// as the kernel states it is no guide, so it is read now.
func (p *planner) frozenFile(at string, use strace.FileUse) {
	real, info, err := p.plan.host.Resolve(use.Path)
	if err != nil {
		p.drop(use.Path, "%v", notThere(err))
		return
	}
	if info.IsDir() {
		if _, err := p.layout.place(at, real, Entry{Why: usedAs(use)}); err != nil {
			p.drop(use.Path, "%v", err)
		}
		return
	}
	if !info.Mode().IsRegular() {
		p.drop(use.Path, "is a %s", typeName(info.Mode()))
		return
	}
	content, err := readBounded(p.in.Host, real)
	if err != nil {
		p.drop(use.Path, "%v", err)
		return
	}
	if err := p.layout.add(Entry{To: at, Content: content, Mode: 0o444, Kind: KindData, Size: int64(len(content)),
		Why: "as it was when the plan was made; it will not change in the guest", AskedAs: use.Path}); err != nil {
		p.drop(use.Path, "%v", err)
	}
}

// mountAbove returns the mount point at or above the guest path.
func (p *planner) mountAbove(at string) string {
	for d := at; d != "/" && d != "."; d = path.Dir(d) {
		if n, ok := p.in.Guest.Lookup(d); ok && strings.HasPrefix(n.Origin, "Mounts[") {
			return d
		}
	}
	return ""
}

// listings gives a directory that was listed under one name the files that were
// bundled under another name of the same directory.
func (p *planner) listings() {
	type listed struct{ to, real string }
	var dirs []listed
	for _, use := range p.in.Facts.Files {
		if use.Mode&strace.ModeListed == 0 {
			continue
		}
		if real, _, err := p.plan.host.Resolve(use.Path); err == nil {
			dirs = append(dirs, listed{p.guestPath(use), real})
		}
	}
	inside := map[string][]string{} // real directory → real files bundled from it
	for _, e := range p.layout.sorted() {
		if e.From != "" {
			inside[path.Dir(e.From)] = append(inside[path.Dir(e.From)], e.From)
		}
	}
	for _, d := range dirs {
		if d.to == "" || !p.layout.has(d.to) {
			continue
		}
		for _, from := range inside[d.real] {
			to := path.Join(d.to, path.Base(from))
			if p.layout.has(to) {
				continue
			}
			if _, err := p.layout.place(to, from, Entry{Why: "the program lists the directory by this name"}); err != nil {
				p.drop(to, "%v", err)
			}
		}
	}
}

// maxFrozen bounds a file of /proc or /sys that is bundled as it is.
const maxFrozen = 1 << 20

func readBounded(fsys fs.FS, p string) ([]byte, error) {
	f, err := fsys.Open(rel(p))
	if err != nil {
		return nil, notThere(err)
	}
	defer f.Close()
	b := make([]byte, 0, 4096)
	for len(b) < maxFrozen {
		b = slices.Grow(b, 4096)
		n, err := f.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		if err != nil {
			break
		}
		if n == 0 {
			break
		}
	}
	return b, nil
}
