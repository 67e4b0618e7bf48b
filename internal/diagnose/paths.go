package diagnose

import (
	"fmt"
	"math"
	"path"
	"slices"
	"strings"
	"syscall"

	"github.com/nanodiag/nanodiag/internal/lazyregexp"
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
	{id: "missing-data.argument-file", match: func(r *run, a access) bool { _, ok := r.setup.argument(a.path); return ok }, summary: "%s, named by an argument, is not in the image"},
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

// generatedByOps are the files that Ops writes into every image.
var generatedByOps = []string{"/etc/passwd", "/etc/resolv.conf", "/etc/hostname", "/proc/sys/kernel/hostname"}

func generated(r *run, a access) bool {
	return a.opened && slices.Contains(generatedByOps, pathKey(a.path))
}

// makes: the old trace prints no flags with an open that fails, so the native run's count.
func makes(r *run, a access) bool {
	return (a.want == wantsMake || a.want == wantsOpen && a.fate.made && r.log.Format == tracelog.FormatOld) && !beneath("/proc", "/sys")(pathKey(a.path))
}

func parentOf(_ *run, a access) string { return path.Dir(a.path) }

// nativeProgram is the path by which the native run was started.
func (r *run) nativeProgram(access) string {
	if r.native != nil {
		for i := range r.native.events {
			if e := &r.native.events[i]; wants(e) == wantsExec && e.OK() {
				return e.Path
			}
		}
	}
	return r.in.Program
}

// symlinkedProgram: the loader looked for a library relative to the directory of the
// program as it was named, and natively found it at the same place relative to another
// directory, that of the real file:
//
//	guest:  /usr/bin/../lib/libjli.so
//	native: /usr/lib/jvm/java-17-openjdk-amd64/bin/../lib/libjli.so
func symlinkedProgram(r *run, a access) bool {
	dir := path.Dir(r.nativeProgram(a))
	if !a.fate.ok || !path.IsAbs(dir) {
		return false
	}
	tried := []string{a.path}
	if a.lib != nil {
		tried = a.lib.tried
	}
	for _, p := range tried {
		rest, ok := strings.CutPrefix(p, dir+"/")
		if !ok {
			continue
		}
		if head, ok := strings.CutSuffix(a.fate.asListed, "/"+rest); ok && pathKey(head) != pathKey(dir) {
			return true
		}
	}
	return false
}

// homes are where home directories lie.
var homes = lazyregexp.New(`^(/root|/home/[^/]+|/Users/[^/]+)$`)

// withoutHome: the guest asked for "/.config/x" or "(null)/.config/x" where the native
// run had "/root/.config/x".
func withoutHome(r *run, a access) bool {
	rest, null := strings.CutPrefix(a.path, "(null)")
	if !null && !path.IsAbs(a.path) || r.native == nil || systemPath(a.path) {
		return false
	}
	for _, i := range r.native.byBase[path.Base(pathKey(a.path))] {
		e := &r.native.events[i]
		if home, ok := strings.CutSuffix(pathKey(e.Path), pathKey(rest)); ok && e.OK() && homes.MatchString(home) {
			return true
		}
	}
	return false
}

// gconvModule names the module that the native run loaded after the registry, as that
// is what the conversion needs.
func gconvModule(r *run, a access) string {
	if a.lib != nil || r.native == nil {
		return a.path
	}
	first, firstSaid := "", math.MaxInt
	for i := a.fate.at; i < len(r.native.events); i++ {
		e := &r.native.events[i]
		if !e.OK() || !strings.Contains(e.Path, "/gconv/") || !isLibrary(e.Path) {
			continue
		}
		at := r.charsetSaid(strings.TrimSuffix(path.Base(e.Path), ".so"))
		if first == "" || at < firstSaid {
			first, firstSaid = e.Path, at
		}
	}
	return firstOf(first, a.path)
}

// charsetSaid is where the program's words first name a character set, MaxInt where
// they do not. Its module's name may lack a hyphen: ISO8859-1.so.
func (r *run) charsetSaid(name string) int {
	plain := func(s string) string { return strings.ReplaceAll(strings.ToLower(s), "-", "") }
	for i, l := range r.words {
		if strings.Contains(plain(l.Text), plain(name)) {
			return i
		}
	}
	return math.MaxInt
}

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

// registryPaths: files that tell a loader of drivers which libraries to open.
var registryPaths = lazyregexp.New(`/OpenCL/vendors|\.icd$|/vulkan/(icd|implicit_layer|explicit_layer)\.d|/vulkan/icd|` +
	`egl_vendor\.d|egl_external_platform\.d|/odbc(inst)?\.ini$|/alsa(/|\.conf|-lib)|/asound\.conf$|/vdpau|/dri/drirc|/openmpi-mca|/libibverbs\.d|/cufile\.json$`)

func registry(r *run, a access) bool {
	return registryPaths.MatchString(a.path) || r.nativeBelow(a, func(p string) bool { return strings.HasSuffix(p, ".icd") }) != ""
}

// registryFile is the file that the native run read in the registry's directory.
func registryFile(r *run, a access) string {
	if p := r.nativeBelow(a, func(p string) bool { return registryPaths.MatchString(p) || strings.HasSuffix(p, ".icd") }); p != "" {
		return p
	}
	return a.path
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

// dangling: the image's content is known and has the link itself.
func (r *run) dangling(a access) bool {
	has := r.in.GuestHas
	return has != nil && a.want == wantsOpen && has(r.setup.guestPath(a.path))
}

var (
	certificateFile  = lazyregexp.New(`\.(pem|crt|cer|p7b)$|/certs(/|$)|ca[-_]?(bundle|cert|file)|/cert\.pem$`)
	certificatePlace = lazyregexp.New(`/certs(/|$)|ca[-_]?(bundle|certificates|certs?)[^/]*$|/ssl/cert\.pem$|cacert\.pem$`)
	tlsWords         = lazyregexp.New(`(?i)certificate|x509|\btls\b|\bssl\b|unknown authority|self[- ]signed|verify`)
)

// certificates: a place where CA bundles lie, or any certificate file when the words
// are about certificates.
func certificates(r *run, a access) bool {
	return certificatePlace.MatchString(a.path) || certificateFile.MatchString(a.path) && tlsWords.MatchString(r.said)
}

// systemDatabases are the files below /etc that the C library and language runtimes
// read by themselves; other files there belong to the program.
var systemDatabases = []string{
	"/etc/hosts", "/etc/group", "/etc/passwd", "/etc/shadow", "/etc/gshadow", "/etc/services", "/etc/protocols", "/etc/networks",
	"/etc/ethers", "/etc/rpc", "/etc/shells", "/etc/nsswitch.conf", "/etc/host.conf", "/etc/gai.conf", "/etc/resolv.conf",
	"/etc/localtime", "/etc/timezone", "/etc/mime.types", "/etc/hostname", "/etc/machine-id", "/etc/os-release", "/etc/aliases",
	"/etc/subuid", "/etc/subgid", "/etc/environment", "/etc/login.defs", "/etc/magic", "/etc/bindresvport.blacklist",
}

func systemDatabase(_ *run, a access) bool {
	key := pathKey(a.path)
	return slices.Contains(systemDatabases, key) || under(key, "/usr/share/zoneinfo") || under(key, "/etc/pam.d")
}

// wrongCwd: the path is relative, and the image has the file elsewhere.
func wrongCwd(r *run, a access) bool {
	if path.IsAbs(a.path) || a.lib != nil {
		return false
	}
	for _, p := range r.setup.inImage(a.path) {
		if p != r.setup.guestPath(a.path) {
			return true
		}
	}
	for _, dir := range r.setup.imageDirs() {
		if has := r.in.GuestHas; has != nil && has(path.Join(dir, a.path)) || r.endsAlike(dir, a.path) {
			return true
		}
	}
	return false
}

// endsAlike: a directory of the image ends as the relative path begins, and is not where
// the guest looked: "/opt/waf/rules" and "rules/default.rules".
func (r *run) endsAlike(dir, p string) bool {
	if r.in.GuestHas != nil || under(r.setup.guestPath(p), dir) || !path.IsAbs(dir) {
		return false
	}
	for head := path.Dir(path.Clean(p)); head != "."; head = path.Dir(head) {
		if strings.HasPrefix(head, "..") {
			return false
		}
		if strings.HasSuffix(dir, "/"+head) && dir != r.setup.guestPath(head) {
			return true
		}
	}
	return false
}

// unsureOfCwd: a relative path, and the image has directories from elsewhere on the
// host in which the file may lie as well.
func (r *run) unsureOfCwd(a access) bool {
	if path.IsAbs(a.path) || a.lib != nil || r.in.GuestHas != nil || r.native != nil && r.native.cwd != "" {
		return false
	}
	for _, d := range r.setup.cfg.Dirs {
		if path.IsAbs(d) {
			return true
		}
	}
	for pattern := range r.setup.cfg.MapDirs {
		if path.IsAbs(pattern) {
			return true
		}
	}
	return false
}

// onVolume: the path lies below a mount, or below a directory in which the guest
// found other files that the configuration did not put there.
func onVolume(r *run, a access) bool {
	if _, ok := r.setup.mountOf(a.path); ok {
		return true
	}
	if !path.IsAbs(a.path) || systemPath(a.path) || !r.setup.known {
		return false
	}
	dir := path.Dir(pathKey(a.path))
	if dir == "/" || len(r.setup.inImage(a.path)) > 0 {
		return false
	}
	events := r.events()
	for i := range events {
		e := &events[i]
		if w := wants(e); e.OK() && w == wantsOpen && path.Dir(pathKey(e.Path)) == dir && path.IsAbs(e.Path) && !r.fromConfig(e.Path) && !isLibrary(e.Path) {
			return true
		}
	}
	return false
}

// fromConfig reports whether the configuration can have put a guest path there.
func (r *run) fromConfig(p string) bool {
	p = r.setup.guestPath(p)
	for _, f := range r.setup.cfg.Files {
		if path.Join("/", f) == p {
			return true
		}
	}
	for _, d := range r.setup.imageDirs() {
		if under(p, d) {
			return true
		}
	}
	if r.in.Program != "" && path.Base(r.in.Program) == path.Base(p) {
		return true
	}
	return false
}

// wrongMount: nothing of the mounts was used, and the base names of the mount point
// and of the directory asked for are alike, or all look-ups below one directory fail.
func wrongMount(r *run, a access) bool {
	if len(r.setup.mounts) == 0 || !path.IsAbs(a.path) || systemPath(a.path) || a.want == wantsMake {
		return false
	}
	if _, ok := r.setup.mountOf(a.path); ok || len(r.setup.inImage(a.path)) > 0 {
		return false
	}
	events := r.events()
	for i := range events {
		e := &events[i]
		if e.OK() && wants(e) != wantsNothing {
			if _, ok := r.setup.mountOf(e.Path); ok {
				return false // the mounts are in use where they are
			}
		}
	}
	return true
}

func wrongMountSubject(r *run, a access) string {
	var points []string
	for m := range r.setup.mounts {
		points = append(points, m)
	}
	slices.Sort(points)
	return strings.Join(points, ", ") + " vs " + path.Dir(a.path)
}

// noVolume: an absolute path outside the system and the project, in a directory of
// which the guest has nothing and the configuration says nothing, and of which the
// native run read more than one file. That is how data on a volume looks.
func noVolume(r *run, a access) bool {
	p := pathKey(a.path)
	if !path.IsAbs(p) || systemPath(p) || !a.fate.ok || a.want == wantsMake || len(r.setup.mounts) > 0 || isLibrary(p) {
		return false
	}
	dir := path.Dir(p)
	if dir == "/" || r.fromConfig(p) || (r.native.cwd != "" && under(p, r.native.cwd)) {
		return false
	}
	if prog := r.in.Program; path.IsAbs(prog) && under(p, path.Dir(prog)) {
		return false
	}
	names, read := map[string]bool{}, false
	for i := range r.native.events {
		e := &r.native.events[i]
		if w := wants(e); (w == wantsOpen || w == wantsLook) && path.Dir(pathKey(e.Path)) == dir {
			names[path.Base(e.Path)] = true
			read = read || w == wantsOpen && e.OK()
		}
	}
	return len(names) > 1 && read
}

// runtimeFiles are the trees and endings of language runtimes.
var runtimeFiles = lazyregexp.New(`/python[23](\.\d+)?(/|$)|/(site|dist)-packages(/|$)|\.pyc?$|/perl5?(/|$)|/perl-base(/|$)|\.p[ml]$|` +
	`/ruby(/|$)|\.rb$|/gems/|/node_modules/|\.(c|m)?js$|/jvm/|/jre/|\.jar$|/lib/modules$|\.class$|/lua/|\.lua$|/php/|\.php$|\.phar$|` +
	`/R/library/|/erlang/|\.beam$|/guile/|\.go$|\.scm$|/tcl|\.tcl$|/dotnet/|/mono/|\.dll$|/ghc-|/ocaml/|\.cm[ao]$|/julia/|\.ji$|/sbcl/|\.core$`)

// runtimeHints: without one of them in it, or one of runtimeEndings at its end, a path
// need not be held against runtimeFiles; a trace has hundreds.
var (
	runtimeHints = []string{"python", "-packages", "perl", "ruby", "gems", "node_modules", "jvm", "jre", "lib/modules", "lua", "php",
		"/R/library/", "erlang", "guile", "tcl", "dotnet", "mono", "ghc-", "ocaml", "julia", "sbcl"}
	runtimeEndings = []string{".py", ".pyc", ".pm", ".pl", ".rb", ".js", ".cjs", ".mjs", ".jar", ".class", ".lua", ".php", ".phar",
		".beam", ".go", ".scm", ".tcl", ".dll", ".cma", ".cmo", ".ji", ".core"}
)

func runtimeFile(_ *run, a access) bool {
	return mayBeRuntime(a.path) && runtimeFiles.MatchString(a.path)
}

func mayBeRuntime(p string) bool {
	if slices.Contains(runtimeEndings, path.Ext(p)) {
		return true
	}
	for _, h := range runtimeHints {
		if strings.Contains(p, h) {
			return true
		}
	}
	return false
}

// runtimeRoot is the directory of a tree that one bundles whole.
var runtimeRoot = lazyregexp.New(`^.*?/(python[23]\.\d+|perl5|perl|ruby|node_modules|jvm/[^/]+)(/|$)`)

func runtimeTree(r *run, a access) string {
	if m := runtimeRoot.FindString(a.path); m != "" && systemPath(a.path) {
		return strings.TrimSuffix(m, "/")
	}
	return a.path
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

// otherPlace: a place for which the native run never asked, of a program that natively
// misses nothing: it was told another one there.
func otherPlace(r *run, a access) bool {
	if r.native == nil || a.fate.asked || a.lib != nil || a.weight != normal || !path.IsAbs(a.path) || systemPath(pathKey(a.path)) || !r.nativeWorks() {
		return false
	}
	for _, i := range r.native.byBase[path.Base(pathKey(a.path))] {
		if wants(&r.native.events[i]) != wantsExec {
			return false // the same file elsewhere
		}
	}
	for _, b := range r.accesses {
		if b.fate.ok {
			return false
		}
	}
	return true
}
