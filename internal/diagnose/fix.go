package diagnose

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/nanodiag/nanodiag/internal/nanos"
	"github.com/nanodiag/nanodiag/internal/ops"
)

// fixers give the remedy by cause id. An id without a row has no remedy that a change
// of the configuration could be; its text says what to do.
var fixers = map[string]func(*run, Finding) *Fix{
	"missing-lib.dlopen-soname":            (*run).fixLibrary,
	"missing-lib.dlopen-path":              (*run).fixFile,
	"missing-lib.dlopen-dependency":        (*run).fixLibrary,
	"missing-lib.search-path":              (*run).fixSearchPath,
	"missing-lib.nss":                      (*run).fixLibrary,
	"missing-lib.gconv":                    (*run).fixDirectory,
	"missing-lib.plugin-directory":         (*run).fixTree,
	"missing-data.file":                    (*run).fixFile,
	"missing-data.argument-file":           (*run).fixFile,
	"missing-data.stat-only":               (*run).fixFile,
	"missing-data.etc-file":                (*run).fixFile,
	"missing-data.ca-certificates":         (*run).fixFile,
	"missing-data.driver-registry":         (*run).fixFile,
	"missing-data.locale":                  (*run).fixFile,
	"missing-data.runtime-files":           (*run).fixTree,
	"missing-data.procfs":                  (*run).fixProc,
	"missing-data.volume-wrong-mountpoint": (*run).fixMount,
	"bad-data.generated-etc":               (*run).fixFile,
	"env.wrong-cwd":                        (*run).fixCwd,
	"env.missing-variable":                 (*run).fixVariable,
	"resource.memory":                      (*run).fixMemory,
	"resource.disk-full":                   (*run).fixDisk,
	"resource.cpu-count":                   (*run).fixCPUs,
	"syscall.needs-klib":                   (*run).fixKlib,
	"ops.klib-dependency":                  (*run).fixKlibNeeds,
	"ops.klib-not-found":                   (*run).fixKlibGone,
	"ops.config-unknown-key":               (*run).fixUnknownKey,
	"ops.files-absolute-path":              (*run).fixAbsoluteFile,
	"ops.mapdirs-pattern":                  (*run).fixMapDirsKey,
}

// fix gives the remedy of a finding; nil when no change of the configuration is one.
func (r *run) fix(f Finding) *Fix {
	fixer := fixers[f.ID]
	if fixer == nil || f.Subject == unnamed {
		return nil
	}
	fix := fixer(r, f)
	if fix != nil {
		fix.ConfigPatch = append([]ops.PatchOp{}, fix.ConfigPatch...) // [] and not null in JSON
		fix.Files = append([]FileCopy{}, fix.Files...)
	}
	return fix
}

// addToList appends to a list of the configuration, or makes the list.
func (r *run) addToList(key string, values ...string) []ops.PatchOp {
	list, exists := r.setup.cfg.Pointer(key)
	if !exists {
		return []ops.PatchOp{{Op: "add", Path: list, Value: values}}
	}
	var out []ops.PatchOp
	for _, v := range values {
		if r.listed(key, v) {
			continue
		}
		out = append(out, ops.PatchOp{Op: "add", Path: list + "/-", Value: v})
	}
	return out
}

// listed reports whether a list of the configuration has the value already.
func (r *run) listed(key, value string) bool {
	switch key {
	case "Files":
		return slices.Contains(r.setup.cfg.Files, value)
	case "Dirs":
		return slices.Contains(r.setup.cfg.Dirs, value)
	case "Klibs":
		return slices.Contains(r.setup.cfg.Klibs, value)
	}
	return false
}

// addToMap sets a key of an object of the configuration, or makes the object.
func (r *run) addToMap(object, key string, value any) []ops.PatchOp {
	ptr, exists := r.setup.cfg.Pointer(object)
	if !exists {
		return []ops.PatchOp{{Op: "add", Path: ptr, Value: map[string]any{key: value}}}
	}
	ptr, _ = r.setup.cfg.Pointer(object, key)
	return []ops.PatchOp{{Op: "add", Path: ptr, Value: value}}
}

// pointer is Config.Pointer without the question whether the file has it.
func (r *run) pointer(keys ...string) string {
	ptr, _ := r.setup.cfg.Pointer(keys...)
	return ptr
}

// mapDir brings one host path into the image's directory of the same name.
func (r *run) mapDir(pattern, to string) []ops.PatchOp {
	return r.addToMap("MapDirs", pattern, to)
}

// hostPath is where the native run found what the finding is about.
func (r *run) hostPath(subject string) (p string, dir, ok bool) {
	if r.native == nil {
		return "", false, false
	}
	if f := r.native.of(subject, r.setup); f.ok {
		return r.native.fromOps(f.asListed, f.abs), f.listed, true
	}
	if i, found := r.native.library(path.Base(subject)); found {
		e := &r.native.events[i]
		return r.native.fromOps(e.Path, e.Abs), false, true
	}
	return "", false, false
}

// fromOps is a path of the native run as it is to be written into the configuration,
// where a relative one starts from the directory in which Ops is called. The program
// may have asked from another directory.
func (n *native) fromOps(asked, abs string) string {
	key := pathKey(asked)
	if path.IsAbs(key) || abs == "" || n.cwd != "" && path.Join(n.cwd, key) == pathKey(abs) {
		return key
	}
	if rel, ok := below(pathKey(abs), n.cwd); ok && n.cwd != "" && rel != "" {
		return rel
	}
	return pathKey(abs)
}

func (r *run) fixLibrary(f Finding) *Fix {
	host, _, ok := r.hostPath(f.Subject)
	if !ok {
		return &Fix{Summary: fmt.Sprintf("put %s and what it needs into the image: nanodiag bundle", f.Subject)}
	}
	if !path.IsAbs(host) {
		return r.fixFile(f)
	}
	to := r.searchedPlace(path.Base(host), host)
	return &Fix{Summary: fmt.Sprintf("put %s and what it needs into the image", host),
		ConfigPatch: r.mapDir(host+"*", path.Dir(to)), // the * brings the target of the symbolic link
		Files:       []FileCopy{{From: host, To: to}}}
}

// searchedPlace is where the guest's loader looked for a library: the place most like
// the host's. An $ORIGIN of the guest is another directory than that of the host.
func (r *run) searchedPlace(name, host string) string {
	best, length := host, -1
	for _, s := range r.searches {
		if s.name != name || len(s.tried) < 2 {
			continue
		}
		for _, p := range s.tried {
			p = pathKey(p)
			if n := commonTail(p, host); !hwcaps(path.Dir(p)) && path.IsAbs(p) && n > length {
				best, length = p, n
			}
		}
	}
	return best
}

// commonTail counts the path elements that two paths have in common at their ends.
func commonTail(a, b string) int {
	as, bs := strings.Split(a, "/"), strings.Split(b, "/")
	n := 0
	for n < len(as) && n < len(bs) && as[len(as)-1-n] == bs[len(bs)-1-n] {
		n++
	}
	return n
}

// fixFile puts one file at the path by which it is asked for.
func (r *run) fixFile(f Finding) *Fix {
	host, dir, ok := r.hostPath(f.Subject)
	if !ok {
		host = pathKey(f.Subject)
		if r.in.HostExists == nil {
			return &Fix{Summary: fmt.Sprintf("put %s into the image", plainPath(f.Subject))}
		}
	}
	to := r.setup.guestPath(f.Subject)
	summary := fmt.Sprintf("put %s into the image", plainPath(f.Subject))
	if has := r.in.HostExists; has != nil && !has(r.onHost(host)) {
		// Ops refuses a configuration that names a file which is not there.
		return &Fix{Summary: summary}
	}
	files := []FileCopy{{From: host, To: to}}
	if !path.IsAbs(host) && to != path.Join("/", host) && path.IsAbs(r.onHost(host)) {
		host = r.onHost(host) // Files and Dirs keep the path that they name
	}
	switch {
	case strings.HasPrefix(host, "../"):
		return &Fix{Summary: summary + ": it lies outside of the directory from which Ops is called", Files: files}
	case !path.IsAbs(host) && dir:
		return &Fix{Summary: summary, ConfigPatch: r.addToList("Dirs", host), Files: files}
	case !path.IsAbs(host):
		return &Fix{Summary: summary, ConfigPatch: r.addToList("Files", host), Files: files}
	case dir:
		return &Fix{Summary: summary, ConfigPatch: r.mapDir(host+"/*", to), Files: files}
	}
	return &Fix{Summary: summary, ConfigPatch: r.mapDir(host, path.Dir(to)), Files: files}
}

// plainPath is a path as the program asked for it, without what it glued together: "//objects".
func plainPath(p string) string {
	if path.IsAbs(p) {
		return path.Clean(p)
	}
	return p
}

// onHost is the absolute path of what the configuration names by host, where the
// directory is known in which Ops is called.
func (r *run) onHost(host string) string {
	if path.IsAbs(host) || r.native == nil || r.native.cwd == "" {
		return host
	}
	return path.Join(r.native.cwd, host)
}

// fixTree brings a whole directory: plugins and modules come in families.
func (r *run) fixTree(f Finding) *Fix {
	host, dir, ok := r.hostPath(f.Subject)
	if !ok {
		return &Fix{Summary: fmt.Sprintf("put the tree that holds %s into the image: nanodiag bundle", f.Subject)}
	}
	if !dir && path.Ext(host) != "" {
		host = path.Dir(host)
	}
	if host == "." || host == "/" {
		return r.fixFile(f)
	}
	if !path.IsAbs(host) {
		return &Fix{Summary: fmt.Sprintf("put %s into the image", host), ConfigPatch: r.addToList("Dirs", host)}
	}
	return &Fix{Summary: fmt.Sprintf("put %s into the image", host), ConfigPatch: r.mapDir(host+"/*", host)}
}

func (r *run) fixDirectory(f Finding) *Fix {
	if !path.IsAbs(f.Subject) {
		return nil
	}
	dir := path.Dir(f.Subject)
	return &Fix{Summary: fmt.Sprintf("put %s into the image", dir), ConfigPatch: r.mapDir(dir+"/*", dir)}
}

func (r *run) fixSearchPath(f Finding) *Fix {
	for i := range r.searches {
		s := r.searches[i]
		if s.name != path.Base(f.Subject) {
			continue
		}
		for _, p := range r.elsewhere(s) {
			dirs := path.Dir(p)
			old := r.setup.cfg.Env["LD_LIBRARY_PATH"]
			if slices.Contains(strings.Split(old, ":"), dirs) {
				continue // it is searched, and that did not help
			}
			if old != "" {
				dirs = old + ":" + dirs
			}
			return &Fix{Summary: fmt.Sprintf("let the loader search %s", path.Dir(p)), ConfigPatch: r.addToMap("Env", "LD_LIBRARY_PATH", dirs)}
		}
	}
	if host, _, ok := r.hostPath(f.Subject); ok && path.IsAbs(host) {
		return &Fix{Summary: fmt.Sprintf("let the loader search %s", path.Dir(host)), ConfigPatch: r.addToMap("Env", "LD_LIBRARY_PATH", path.Dir(host))}
	}
	return &Fix{Summary: "name the directory that holds " + f.Subject + " in LD_LIBRARY_PATH, or let nanodiag bundle write an /etc/ld.so.cache"}
}

// fixProc: a frozen copy, unless the kernel registers the path itself.
func (r *run) fixProc(f Finding) *Fix {
	p := pathKey(f.Subject)
	if r.table != nil && r.table.Registers(p, r.version) || under(p, "/dev") || strings.HasPrefix(p, "/proc/self") {
		return nil
	}
	return &Fix{Summary: fmt.Sprintf("put a copy of %s into the image; its values are then frozen", p), Files: []FileCopy{{From: p, To: p}}}
}

func (r *run) fixMount(f Finding) *Fix {
	_, want, ok := strings.Cut(f.Subject, " vs ")
	if !ok || len(r.setup.cfg.Mounts) != 1 {
		return nil
	}
	for volume := range r.setup.cfg.Mounts { // there is one
		fix := &Fix{Summary: fmt.Sprintf("mount the volume %s at %s", volume, want)}
		if ptr, exists := r.setup.cfg.Pointer("Mounts", volume); exists {
			fix.ConfigPatch = []ops.PatchOp{{Op: "replace", Path: ptr, Value: want}}
		} // else it is of the command line, which no change of the file overrides
		return fix
	}
	return nil
}

func (r *run) fixCwd(f Finding) *Fix {
	places := r.setup.inImage(f.Subject)
	if len(places) == 0 {
		return nil
	}
	dir, ok := strings.CutSuffix(places[0], "/"+pathKey(f.Subject))
	if !ok {
		return nil
	}
	dir = path.Clean("/" + dir)
	return &Fix{Summary: fmt.Sprintf("start the program in %s", dir), ConfigPatch: r.addToMap("ManifestPassthrough", "cwd", dir)}
}

// fixVariable gives no patch: the value is not known here, and may be a secret.
func (r *run) fixVariable(f Finding) *Fix {
	return &Fix{Summary: fmt.Sprintf("set it in the guest: -e %s=VALUE, or \"Env\": {%q: \"VALUE\"}", f.Subject, f.Subject)}
}

// fixMemory quadruples: a page too few says nothing of how many more are needed.
// Where the guest's amount is not known, the default is doubled, and said to be one.
func (r *run) fixMemory(f Finding) *Fix {
	const defaultMB = 2048 // what Ops gives without a setting
	if f.Subject == amountUnknown {
		size := strconv.Itoa(2*defaultMB) + "M"
		return &Fix{Summary: "give the guest more memory than it has (RunConfig.Memory, 2 GB by default): " + size, ConfigPatch: r.addToMap("RunConfig", "Memory", size)}
	}
	mb := megabytes(r.setup.cfg.RunConfig.Memory)
	if mb == 0 {
		mb = defaultMB
	}
	size := strconv.Itoa(max(mb*4, 256)) + "M"
	return &Fix{Summary: "give the guest more memory: " + size, ConfigPatch: r.addToMap("RunConfig", "Memory", size)}
}

// megabytes reads a memory size as QEMU's -m does; 0 when it is not understood.
func megabytes(s string) int {
	s = strings.ToUpper(strings.TrimSuffix(strings.ToUpper(s), "B"))
	unit := 1
	switch {
	case strings.HasSuffix(s, "G"):
		unit = 1024
	case strings.HasSuffix(s, "T"):
		unit = 1024 * 1024
	}
	n, err := strconv.Atoi(strings.TrimRight(s, "MGT"))
	if err != nil || n < 0 || n > 1<<20 {
		return 0
	}
	return n * unit
}

func (r *run) fixDisk(f Finding) *Fix {
	if f.Subject != "/" {
		return &Fix{Summary: fmt.Sprintf("make the volume at %s larger: ops volume create NAME -s SIZE", f.Subject)}
	}
	return &Fix{Summary: "give the root file system room: BaseVolumeSz", ConfigPatch: []ops.PatchOp{{Op: "add", Path: r.pointer("BaseVolumeSz"), Value: "1g"}}}
}

func (r *run) fixCPUs(Finding) *Fix {
	n := max(2, r.setup.cfg.RunConfig.CPUs*2)
	return &Fix{Summary: fmt.Sprintf("give the guest %d processors", n), ConfigPatch: r.addToMap("RunConfig", "CPUs", n)}
}

// fixKlib adds the klib that serves the call, and what that klib needs.
func (r *run) fixKlib(f Finding) *Fix {
	if r.table == nil {
		return nil
	}
	call, _, _ := strings.Cut(f.Subject, " ")
	klib := r.table.Klib(call, r.version)
	if klib == "" {
		return nil
	}
	return r.addKlibs(klib)
}

func (r *run) fixKlibNeeds(f Finding) *Fix { return r.addKlibs(f.Subject) }

func (r *run) addKlibs(klib string) *Fix {
	var add []string
	for k := klib; k != ""; k = nanos.KlibNeeds(k, r.version) {
		if !slices.Contains(r.setup.cfg.Klibs, k) && !strings.Contains(k, " ") {
			add = append([]string{k}, add...)
		}
	}
	if len(add) == 0 {
		return nil
	}
	return &Fix{Summary: "add to Klibs: " + strings.Join(add, ", "), ConfigPatch: r.addToList("Klibs", add...)}
}

func (r *run) fixKlibGone(f Finding) *Fix {
	i := slices.Index(r.setup.cfg.Klibs, f.Subject)
	if i < 0 {
		return nil
	}
	return &Fix{Summary: "remove the klib " + f.Subject + ", or install a release that has it",
		ConfigPatch: []ops.PatchOp{{Op: "remove", Path: r.pointer("Klibs", strconv.Itoa(i))}}}
}

func (r *run) fixUnknownKey(f Finding) *Fix {
	return &Fix{Summary: "remove the key " + f.Subject + ", or correct its spelling", ConfigPatch: []ops.PatchOp{{Op: "remove", Path: r.pointer(f.Subject)}}}
}

func (r *run) fixAbsoluteFile(f Finding) *Fix {
	i := slices.Index(r.setup.cfg.Files, f.Subject)
	if i < 0 {
		return nil
	}
	patch := []ops.PatchOp{{Op: "remove", Path: r.pointer("Files", strconv.Itoa(i))}}
	return &Fix{Summary: "name it in MapDirs", ConfigPatch: append(patch, r.mapDir(f.Subject+"*", path.Dir(f.Subject))...)}
}

// fixMapDirsKey gives no patch: "./x*" fails in the same way, the files have to move.
func (r *run) fixMapDirsKey(f Finding) *Fix {
	return &Fix{Summary: "put what " + f.Subject + " matches into a directory of its own, and map that: \"MapDirs\": {\"bundle/*\": …}"}
}
