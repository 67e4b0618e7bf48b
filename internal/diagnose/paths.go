package diagnose

import (
	"fmt"
	"path"
	"strings"
	"syscall"

	"github.com/nanodiag/nanodiag/tracelog"
)

// pathClass is one row of the table that gives a missing path its cause id. The
// first row that matches counts.
type pathClass struct {
	id      string
	match   func(r *run, a access) bool
	subject func(r *run, a access) string // nil: the path as asked
	points  int                           // added to those of the access
	limit   Confidence                    // "" for no limit of its own
	summary string                        // %s is the subject
}

var pathClasses = []pathClass{
	{id: "bad-data.generated-etc", match: generated, summary: "%s is the short file that Ops generates, and lacks the entry that the program looks up", points: 10},
	{id: "bad-data.corrupt-file", match: func(r *run, a access) bool { return a.opened }, summary: "%s in the image differs in size from the file the native run read", limit: Likely, points: -5},
	{id: "missing-data.symlink-flattened", match: func(r *run, a access) bool { return a.err == syscall.EINVAL }, summary: "%s is a symbolic link natively and a plain file in the image", limit: Possible},
	{id: "missing-lib.gconv", match: pathHas("/gconv/", "/gconv"), subject: gconvModule, summary: "the character set conversion %s is not in the image"},
	{id: "bad-program.symlinked", match: symlinkedProgram, subject: (*run).nativeProgram, summary: "the program %s is a symbolic link: beside it the image lacks what lies beside the real file"},
	{id: "", match: func(r *run, a access) bool { return a.lib != nil }, subject: librarySubject},
	{id: "env.missing-variable", match: withoutHome, subject: func(*run, access) string { return "HOME" }, summary: "the path begins with an empty %s: the variable is not set in the guest", points: 5},
	{id: "env.missing-variable", match: pathHas("(null)"), subject: func(*run, access) string { return unnamed }, summary: "the path contains \"(null)\": a variable that the program put into it is not set in the guest%.0s"},
	{id: "missing-data.directory", match: makes, subject: parentOf, summary: "the directory %s, in which the program creates a file, does not exist in the image"},
	{id: "missing-data.directory", match: madeInVain, summary: "the directory %s, in which the program creates a file, does not exist in the image"},
	{id: "missing-data.procfs", match: func(r *run, a access) bool { return beneath("/proc", "/sys", "/dev")(pathKey(a.path)) }, summary: "Nanos does not provide %s"},
	{id: "missing-data.driver-registry", match: registry, subject: registryFile, summary: "the driver registry %s is not in the image, so no driver is found"},
	{id: "missing-lib.plugin-directory", match: func(_ *run, a access) bool { return path.Ext(a.path) == ".la" }, subject: parentOf, summary: "the plugin directory %s is not in the image"},
	{id: "missing-lib.plugin-directory", match: pluginDirectory, summary: "the plugin directory %s is not in the image"},
	{id: "missing-data.symlink-target", match: (*run).dangling, summary: "the symbolic link %s is in the image and its target is not"},
	{id: "missing-data.locale", match: pathHas("/usr/lib/locale", "/usr/share/locale", "/usr/share/i18n"), summary: "the locale data %s is not in the image"},
	{id: "missing-data.ca-certificates", match: certificates, summary: "the CA file %s is not in the image, so certificates cannot be verified"},
	{id: "missing-data.etc-file", match: systemDatabase, summary: "the system file %s is not in the image"},
	{id: "env.wrong-cwd", match: wrongCwd, summary: "%s is relative, and the file lies in another directory of the image than the guest's working directory"},
	{id: "missing-data.volume-file", match: onVolume, summary: "%s is not on the volume that is mounted there"},
	{id: "missing-data.volume-wrong-mountpoint", match: wrongMount, subject: wrongMountSubject, summary: "a volume is mounted at another place than the program reads: %s"},
	{id: "missing-data.argument-file", match: func(r *run, a access) bool { _, ok := r.setup.argument(a.path); return ok && !a.fate.made }, summary: "%s, named by an argument, is not in the image"},
	{id: "missing-data.runtime-files", match: runtimeFile, subject: runtimeTree, summary: "%s, a file of the language's runtime, is not in the image"},
	{id: "missing-data.volume-not-mounted", match: noVolume, subject: parentOf, limit: Possible, summary: "nothing below %s exists in the guest: a volume may be missing there"},
	{id: "missing-lib.dlopen-path", match: func(r *run, a access) bool { return isLibrary(a.path) }, summary: "the library %s is not in the image"},
	{id: "env.missing-variable", match: otherPlace, subject: func(*run, access) string { return unnamed }, limit: Possible, summary: "natively the program never asks for what it misses in the guest: a variable tells it another place there%.0s"},
	{id: "missing-data.stat-only", match: statOnly, summary: "%s, which the program only looks at, is not in the image"},
	{id: "missing-data.file", match: func(r *run, a access) bool { return true }, summary: "%s is not in the image"},
}

// classify turns an access into a finding; the points are those of the class.
func (r *run) classify(a access) candidate {
	for _, row := range pathClasses {
		if !row.match(r, a) {
			continue
		}
		subject := a.path
		if row.subject != nil {
			subject = row.subject(r, a)
		}
		id, summary := row.id, ""
		if a.lib != nil && id == "" {
			id = r.lib(*a.lib)
			summary = r.librarySummary(id, a)
		} else {
			summary = fmt.Sprintf(row.summary, subject)
		}
		if id == "missing-data.runtime-files" && a.lib == nil && (subject != a.path || a.want == wantsList || a.fate.listed) {
			summary = fmt.Sprintf("the directory %s of the language's runtime is not in the image", subject)
		}
		limit := row.limit
		if id == "missing-data.file" && (!r.setup.argsKnown || r.unsureOfCwd(a)) {
			limit = Possible // an argument may have named it, or it lies elsewhere
		}
		return candidate{
			Finding: Finding{ID: id, Subject: subject, Summary: summary, Evidence: r.accessEvidence(a)},
			points:  row.points, limit: limit,
		}
	}
	return candidate{}
}

// pathHas matches paths that contain, or lie in, one of the given parts.
func pathHas(parts ...string) func(*run, access) bool {
	return func(_ *run, a access) bool {
		for _, p := range parts {
			if strings.Contains(a.path, p) {
				return true
			}
		}
		return false
	}
}

// makes: the old trace prints no flags with an open that fails, so the native run's count.
func makes(r *run, a access) bool {
	return (a.want == wantsMake || a.want == wantsOpen && a.fate.made && r.log.Format == tracelog.FormatOld) && !beneath("/proc", "/sys")(pathKey(a.path))
}

func parentOf(_ *run, a access) string { return path.Dir(a.path) }

// dangling: the image's content is known and has the link itself.
func (r *run) dangling(a access) bool {
	has := r.in.GuestHas
	return has != nil && a.want == wantsOpen && has(r.setup.guestPath(a.path))
}

// statOnly: the file is never opened, natively neither. A file for which the program
// waits is one to be provided, whatever the program does with it then.
func statOnly(r *run, a access) bool {
	return a.want == wantsLook && !a.fate.opened && (a.count < 3 || a.fate.ok && !r.hangs())
}

// madeInVain: a directory that the program looks at, and in which it then fails to make
// something.
func madeInVain(r *run, a access) bool {
	if a.want == wantsOpen {
		return false
	}
	for i := range r.events() {
		if e := &r.events()[i]; missing(e) && wants(e) == wantsMake && path.Dir(pathKey(e.Path)) == pathKey(a.path) {
			return true
		}
	}
	return false
}
