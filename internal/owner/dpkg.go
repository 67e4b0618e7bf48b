package owner

import (
	"bytes"
	"io/fs"
	"path"
	"strings"
)

// dpkgDir holds a status file, with a paragraph for each package, and in info a
// NAME.list or NAME:ARCH.list with one installed path a line.
const dpkgDir = "var/lib/dpkg"

func dpkg(root fs.FS, w wanted) map[string]string {
	entries, err := fs.ReadDir(root, dpkgDir+"/info")
	if err != nil {
		return nil
	}
	f := newFinder(w)
	owner := map[string]string{} // wanted path → package
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), ".list")
		if !ok {
			continue
		}
		list, err := fs.ReadFile(root, path.Join(dpkgDir, "info", e.Name()))
		if err != nil {
			continue
		}
		name, _, _ = strings.Cut(name, ":")
		f.lines(list, func(p string) { owner[p] = name })
	}
	if len(owner) == 0 {
		return nil
	}
	return withVersions(owner, dpkgVersions(root, owner))
}

// finder looks for wanted paths in lists. Most lines of most lists are of no
// interest; the length and the last bytes of a line tell that for less than a map
// look-up does.
type finder struct {
	w     wanted
	maybe [1 << 13]bool
}

func newFinder(w wanted) *finder {
	f := &finder{w: w}
	for p := range w {
		f.maybe[sketch(p)] = true
	}
	return f
}

// sketch is a cheap hash of what differs most between paths: their ends.
func sketch[T string | []byte](p T) uint {
	n := len(p)
	if n < 4 {
		return uint(n)
	}
	return (uint(n)*131 + uint(p[n-1])*31 + uint(p[n-2])*17 + uint(p[n-3])*257 + uint(p[n-4])*1031) % (1 << 13)
}

func (f *finder) lines(list []byte, found func(p string)) {
	for len(list) > 0 {
		line := list
		if i := bytes.IndexByte(list, '\n'); i >= 0 {
			line, list = list[:i], list[i+1:]
		} else {
			list = nil
		}
		if !f.maybe[sketch(line)] {
			continue
		}
		if p, ok := f.w[string(line)]; ok {
			found(p)
		}
	}
}

// dpkgVersions reads the versions of the packages that own something.
//
//	Package: libgomp1
//	Status: install ok installed
//	Version: 12.2.0-14
func dpkgVersions(root fs.FS, owner map[string]string) map[string]string {
	need := map[string]bool{}
	for _, name := range owner {
		need[name] = true
	}
	versions := make(map[string]string, len(need))
	status, err := fs.ReadFile(root, dpkgDir+"/status")
	if err != nil {
		return versions
	}
	name := ""
	for line := range bytes.Lines(status) {
		switch {
		case bytes.HasPrefix(line, []byte("Package: ")):
			name = string(bytes.TrimSpace(line[len("Package: "):]))
		case name != "" && need[name] && bytes.HasPrefix(line, []byte("Version: ")):
			versions[name] = string(bytes.TrimSpace(line[len("Version: "):]))
		}
	}
	return versions
}

func withVersions(owner, versions map[string]string) map[string]string {
	for p, name := range owner {
		if v := versions[name]; v != "" {
			owner[p] = name + " " + v
		}
	}
	return owner
}
