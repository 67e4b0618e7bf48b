package diagnose

import (
	"path"
	"strings"
	"syscall"

	"github.com/nanodiag/nanodiag/strace"
)

// native is the native run, indexed for questions about single paths.
type native struct {
	events []strace.Event
	byKey  map[string][]int    // pathKey of the path as asked → events
	byBase map[string][]int    // base name → events
	cwd    string              // working directory at the start; "" when nothing tells it
	exit   *strace.Exit        // nil when the record does not tell
	made   map[string]int      // directory → first event that created something in it; built when asked for
	calls  map[string]callFate // what came of its calls, by name; built when asked for
	lines  []spoken            // what it printed; read when asked for
	read   bool
	main   int // thread id of the program's first thread
}

// newNative indexes a native run; nil when there is none.
func newNative(in Input) *native {
	if len(in.Native) == 0 {
		return nil
	}
	n := &native{events: ownEvents(in.Native), byKey: map[string][]int{}, byBase: map[string][]int{}, exit: in.NativeExit, main: in.Native[0].TID}
	for i := range n.events {
		e := &n.events[i]
		switch {
		case e.Kind == strace.KindExit && e.TID == n.main && in.NativeExit == nil:
			n.exit = exitOf(e)
		case e.Kind != strace.KindCall || e.Path == "":
			if e.Name == "getcwd" && n.cwd == "" {
				n.cwd = quoted(e.Args)
			}
			continue
		}
		if e.Path == "" {
			continue
		}
		key := pathKey(e.Path)
		n.byKey[key] = append(n.byKey[key], i)
		if e.Abs != "" && pathKey(e.Abs) != key {
			n.byKey[pathKey(e.Abs)] = append(n.byKey[pathKey(e.Abs)], i)
		}
		n.byBase[path.Base(key)] = append(n.byBase[path.Base(key)], i)
		if n.cwd == "" && e.Abs != "" && !path.IsAbs(e.Path) {
			if dir, ok := strings.CutSuffix(e.Abs, "/"+key); ok {
				n.cwd = dir
			}
		}
	}
	return n
}

// ownEvents leaves out what another program did: a task that execs is one from then
// on, and nothing that it opens is asked for by the program under examination. The
// execve itself stays, it tells what was started.
func ownEvents(in []strace.Event) []strace.Event {
	execs := 0
	for i := range in {
		if wants(&in[i]) == wantsExec && in[i].OK() {
			execs++
		}
	}
	if execs < 2 {
		return in
	}
	foreign := map[int]bool{}
	started := false
	var out []strace.Event
	for i := range in {
		e := &in[i]
		if foreign[e.TID] && e.Kind == strace.KindCall {
			continue
		}
		out = append(out, *e)
		if wants(e) == wantsExec && e.OK() {
			foreign[e.TID] = started
			started = true
		}
	}
	return out
}

// exitOf turns the record of a task's end into an exit.
func exitOf(e *strace.Event) *strace.Exit {
	if e.Sig != 0 {
		return &strace.Exit{Signal: e.Sig}
	}
	return &strace.Exit{Code: int(e.Ret)}
}

// quoted returns the first quoted text of an argument list.
func quoted(args string) string {
	_, rest, ok := strings.Cut(args, `"`)
	if !ok {
		return ""
	}
	text, _, ok := strings.Cut(rest, `"`)
	if !ok {
		return ""
	}
	return text
}

// worked reports whether the native run ended with success; known is false when the
// record does not tell.
func (n *native) worked() (ok, known bool) {
	if n == nil || n.exit == nil {
		return false, false
	}
	if n.endedFromOutside() {
		return true, true
	}
	return n.exit.Code == 0 && n.exit.Signal == 0 && !n.exit.TimedOut, true
}

// endedFromOutside: a server that somebody ended, as all records of servers end.
func (n *native) endedFromOutside() bool {
	switch n.exit.Signal {
	case syscall.SIGTERM, syscall.SIGKILL, syscall.SIGINT, syscall.SIGHUP:
		calls := n.called()
		return calls["listen"] == callWorks && calls["kill"] != callWorks && calls["tgkill"] != callWorks
	}
	return false
}

// failedBy returns the signal by which the native run ended, 0 if by none.
func (n *native) failedBy() syscall.Signal {
	if n == nil || n.exit == nil {
		return 0
	}
	return n.exit.Signal
}

// fate is what the native run did with a path.
type fate struct {
	asked    bool
	ok       bool // at least one access worked
	at       int  // event of the first access that worked, else of the first
	opened   bool // it was opened, not only looked at
	listed   bool // it was opened as a directory
	made     bool // it was created
	loaded   bool // it was opened by the loader
	size     int64
	line     int
	asListed string // the path as the native run asked for it
	abs      string // the same, absolute; "" when the record does not tell
}

// of returns the native fate of a path that the guest asked for. Relative paths have
// different meanings in the two runs, so the path is tried as it was asked, then
// below the native working directory, then by its tail.
func (n *native) of(asked string, s setup) fate {
	if n == nil {
		return fate{}
	}
	key := pathKey(asked)
	if f := n.fate(n.byKey[key]); f.asked {
		return f
	}
	rest := strings.TrimPrefix(key, "/")
	if s.cwd != "/" {
		if r, ok := below(key, s.cwd); ok {
			rest = r
		}
	}
	if f := n.fate(n.byKey[rest]); f.asked && f.ok {
		return f
	}
	if n.cwd != "" {
		if f := n.fate(n.byKey[path.Join(n.cwd, rest)]); f.asked {
			return f
		}
	}
	if systemPath(key) {
		return fate{}
	}
	// "/src/main.js" in the guest is "/home/me/project/src/main.js" natively.
	var hits []int
	for _, i := range n.byBase[path.Base(key)] {
		if k := pathKey(n.events[i].Path); strings.HasSuffix(k, "/"+rest) && n.events[i].OK() {
			hits = append(hits, i)
		}
	}
	return n.fate(hits)
}

func (n *native) fate(at []int) fate {
	var f fate
	for _, i := range at {
		e := &n.events[i]
		w := wants(e)
		if w == wantsNothing {
			continue
		}
		if !f.asked {
			f.asked, f.at, f.line, f.asListed, f.abs = true, i, e.Line, e.Path, e.Abs
		}
		if !e.OK() {
			continue
		}
		if !f.ok {
			f.ok, f.at, f.line, f.asListed, f.abs = true, i, e.Line, e.Path, e.Abs
		}
		switch w {
		case wantsOpen, wantsList:
			f.opened, f.listed = true, f.listed || w == wantsList
			f.loaded = f.loaded || isLibrary(e.Path)
			if size := n.sizeAfter(i); size > 0 {
				f.size = size
			}
		case wantsMake:
			f.made, f.opened = true, true
		case wantsLook:
			if e.Size > 0 {
				f.size = e.Size
			}
		}
	}
	return f
}

// isLink reports whether a readlink of the path worked natively.
func (n *native) isLink(asked string) bool {
	if n == nil {
		return false
	}
	for _, i := range n.byKey[pathKey(asked)] {
		if e := &n.events[i]; strings.HasPrefix(e.Name, "readlink") && e.OK() {
			return true
		}
	}
	return false
}

// args returns the arguments of the native run after argv[0], as its execve shows
// them: `"./app", ["./app", "-v", "in"], 0x7ff…`. strace cuts long lists with "...".
func (n *native) args() (args []string, ok bool) {
	if n == nil {
		return nil, false
	}
	for i := range n.events {
		e := &n.events[i]
		if wants(e) != wantsExec || !e.OK() {
			continue
		}
		_, list, ok := strings.Cut(e.Args, "[")
		if !ok {
			return nil, false
		}
		list, _, ok = strings.Cut(list, "]")
		if !ok || strings.Contains(list, "...") {
			return nil, false
		}
		for _, a := range strings.Split(list, ", ") {
			args = append(args, strings.Trim(a, `"`))
		}
		if len(args) == 0 {
			return nil, false
		}
		return args[1:], true
	}
	return nil, false
}

// sizeAfter returns the size that a stat of the just opened descriptor showed.
func (n *native) sizeAfter(i int) int64 {
	fd := n.events[i].Ret
	for j := i + 1; j < len(n.events) && j <= i+3; j++ {
		e := &n.events[j]
		if e.TID == n.events[i].TID && e.OK() && e.Path == "" && e.Size > 0 && descriptorIs(e, fd) {
			return e.Size
		}
	}
	return 0
}

// library returns the native event that opened a library of this base name.
func (n *native) library(base string) (i int, ok bool) {
	if n == nil {
		return 0, false
	}
	for _, i := range n.byBase[base] {
		if e := &n.events[i]; e.OK() && wants(e) == wantsOpen {
			return i, true
		}
	}
	return 0, false
}

// byCache reports whether the library opened at event i was found through
// ld.so.cache, that is, asked for by a bare name: the loader maps the cache just before.
func (n *native) byCache(i int) bool {
	for j := i - 1; j >= 0 && j >= i-16; j-- {
		e := &n.events[j]
		if e.TID != n.events[i].TID || wants(e) != wantsOpen {
			continue
		}
		return e.Path == "/etc/ld.so.cache"
	}
	return false
}

// madeIn returns the first native event that created something in the directory.
func (n *native) madeIn(dir string, s setup) (i int, ok bool) {
	if n == nil {
		return 0, false
	}
	if n.made == nil {
		n.made = map[string]int{}
		for i := range n.events {
			if e := &n.events[i]; wants(e) == wantsMake && e.OK() {
				if d := s.guestPath(path.Dir(e.Path)); n.made[d] == 0 {
					n.made[d] = i
				}
			}
		}
	}
	i, ok = n.made[s.guestPath(dir)]
	return i, ok
}

// systemDirs hold files of the system, not of the user's project.
var systemDirs = []string{"/usr", "/lib", "/lib64", "/bin", "/sbin", "/etc", "/proc", "/sys", "/dev", "/run", "/tmp"}

func systemPath(p string) bool {
	for _, d := range systemDirs {
		if under(p, d) {
			return true
		}
	}
	return false
}
