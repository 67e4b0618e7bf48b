package elfdeps

import "strings"

// searchDir is one element of a search path with the subdirectories that the loader
// tries below it, best first, itself last. Only those that exist are kept.
type searchDir struct {
	name     string // as glibc prints it: with a trailing slash, or "" for the working directory
	variants []variant
}

type variant struct {
	prefix string // what glibc puts before the file name
	dir    place  // where that is
	hwcaps bool   // a glibc-hwcaps subdirectory
}

type dirKey struct {
	name     string
	hwcaps   bool
	legacy   bool
	platform string
}

// dir prepares a search directory, once for all programs.
func (ns *namespace) dir(name string) *searchDir {
	l := ns.l
	key := dirKey{name, ns.interp.hwcaps, ns.interp.legacy, ns.platform}
	if d := l.dirs[key]; d != nil {
		return d
	}
	d := &searchDir{name: name}
	add := func(sub string, hwcaps bool) {
		at := l.fs.followDir(l.abs(name+sub), 0)
		if at.fail == ok {
			d.variants = append(d.variants, variant{prefix: name + sub, dir: at, hwcaps: hwcaps})
		}
	}
	if ns.interp.hwcaps && len(l.cfg.HWCaps) > 0 && l.isDir(l.abs(name+"glibc-hwcaps")) {
		for _, c := range l.cfg.HWCaps {
			add("glibc-hwcaps/"+c+"/", true)
		}
	}
	if ns.interp.legacy {
		for _, sub := range legacySubdirs(ns.platform) {
			add(sub, false)
		}
	}
	add("", false)
	l.dirs[key] = d
	return d
}

// legacySubdirs are the combinations that glibc before 2.37 tries below each directory.
// They are built from tls and the platform; further ones of the CPU's vendor have no
// users that we know of.
func legacySubdirs(platform string) []string {
	if platform == "" {
		return []string{"tls/"}
	}
	return []string{"tls/" + platform + "/" + platform + "/", "tls/" + platform + "/", "tls/", platform + "/" + platform + "/", platform + "/"}
}

// splitPath takes a search path apart at any byte of seps and expands tokens for l
// (elf/dl-load.c, fillin_rpath): an empty element is the working directory, an element
// that expands to nothing is dropped.
func (ns *namespace) splitPath(l *link, list []string) []*searchDir {
	var dirs []*searchDir
	seen := map[string]bool{}
	for _, element := range list[:min(len(list), maxDirs)] {
		name := element
		if element != "" {
			if name = ns.tokens(l, element); name == "" {
				continue
			}
			name = strings.TrimRight(name, "/") + "/"
			if len(name) >= maxPath {
				continue // every file below it is ENAMETOOLONG
			}
		}
		if !seen[name] {
			seen[name] = true
			dirs = append(dirs, ns.dir(name))
		}
	}
	return dirs
}

// splitLibraryPath takes LD_LIBRARY_PATH apart; a semicolon separates like a colon.
func splitLibraryPath(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(strings.ReplaceAll(s, ";", ":"), ":")
}

// rpathOf and runpathOf prepare an object's own paths, once.
func (ns *namespace) rpathOf(l *link) []*searchDir {
	if !l.rpathDone {
		l.rpathDone = true
		if l.file != nil && l.file.Runpath == nil { // with DT_RUNPATH, DT_RPATH is ignored
			l.rpath = ns.splitPath(l, l.file.Rpath)
		}
	}
	return l.rpath
}

func (ns *namespace) runpathOf(l *link) []*searchDir {
	if !l.runpathDone {
		l.runpathDone = true
		if l.file != nil {
			l.runpath = ns.splitPath(l, l.file.Runpath)
		}
	}
	return l.runpath
}
