package diagnose

import "fmt"

// librarySubject is the library by the name asked for.
func librarySubject(r *run, a access) string {
	switch byPath := r.byPath(*a.lib, a.lib.asked()); {
	case byPath && len(a.lib.tried) > 1:
		return a.lib.tried[len(a.lib.tried)-1]
	case byPath, a.lib.refused:
		return a.path
	}
	return a.lib.name
}

var librarySummaries = map[string]string{
	"missing-lib.dlopen-soname":     "the library %s is opened at run time and is nowhere in the image",
	"missing-lib.dlopen-path":       "the library %s is opened by its path, and there is no such file in the image",
	"missing-lib.search-path":       "the library %s is in the image, in a directory that the loader does not search",
	"missing-lib.nss":               "the name service module %s is not in the image",
	"missing-lib.gconv":             "the conversion module %s is not in the image",
	"missing-lib.plugin-directory":  "the plugin %s is not in the image",
	"missing-data.runtime-files":    "the extension module %s of the language's runtime is not in the image",
	"bad-lib.wrong-arch":            "the loader opened %s, read its header and refused it: it is built for another machine",
	"bad-lib.corrupt":               "the loader opened %s and found fewer bytes than an ELF header has",
	"missing-lib.dlopen-dependency": "the library %s, needed by a library that was opened at run time, is not in the image",
}

func (r *run) librarySummary(id string, a access) string {
	if id == "missing-lib.dlopen-dependency" && a.lib.asker != "" {
		return fmt.Sprintf("%s needs %s, which is not in the image", a.lib.asker, a.lib.name)
	}
	return fmt.Sprintf(librarySummaries[id], librarySubject(r, a))
}

// nativeBelow returns the first path that the native run opened below the directory
// that the guest lacks.
func (r *run) nativeBelow(a access, want func(string) bool) string {
	if r.native == nil || !a.fate.ok {
		return ""
	}
	dir := pathKey(a.fate.asListed)
	for i := a.fate.at + 1; i < len(r.native.events); i++ {
		e := &r.native.events[i]
		if w := wants(e); e.OK() && (w == wantsOpen) && under(pathKey(e.Path), dir) && pathKey(e.Path) != dir && want(e.Path) {
			return e.Path
		}
	}
	return ""
}

// pluginDirectory: a directory that the native run listed, and from which it then
// loaded libraries.
func pluginDirectory(r *run, a access) bool {
	return (a.want == wantsList || a.want == wantsLook || a.fate.listed) && !runtimeFile(r, a) && r.nativeBelow(a, isLibrary) != ""
}
