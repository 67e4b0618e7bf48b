//go:build linux && (amd64 || arm64)

package strace

import "golang.org/x/sys/unix"

// callClass says what a stop at a call leads to.
type callClass uint8

const (
	classOther   callClass = iota // it is recorded; nobody waits for its result
	classFile                     // it names a file: the result matters
	classMap                      // it maps a file as code: the result matters
	classNewTask                  // fork and its kin: PTRACE_EVENT_* brings the result
	classExec                     // like a file call, but success shows as PTRACE_EVENT_EXEC
	classChdir                    // success changes the working directory
	classRoot                     // success changes what "/" is
	classUnshare                  // may part a thread's working directory from its process's
	classRights                   // changes what the process may do
	classSeccomp                  // the program may install a filter of its own
	classIOURing                  // file operations from here on may be invisible
)

var callClasses = map[string]callClass{
	"mmap": classMap, "fork": classNewTask, "vfork": classNewTask, "clone": classNewTask, "clone3": classNewTask,
	"execve": classExec, "execveat": classExec, "chdir": classChdir, "fchdir": classChdir,
	"chroot": classRoot, "pivot_root": classRoot, "setns": classUnshare, "unshare": classUnshare,
	"setuid": classRights, "setgid": classRights, "setreuid": classRights, "setregid": classRights, "setresuid": classRights, "setresgid": classRights,
	"setfsuid": classRights, "setfsgid": classRights, "setgroups": classRights, "capset": classRights,
	"prctl": classSeccomp, "seccomp": classSeccomp, "io_uring_setup": classIOURing,
}

// traceRule is what the tracer needs to know of one call number.
type traceRule struct {
	name  string
	shape *callShape // nil when no argument is decoded
	class callClass
	grows growthKind
	count int // how often it stopped
}

// noShape stands in for calls without arguments of interest.
var noShape = newCallShape("", "")

// i386Aliases are file calls of 32-bit programs whose arguments are those of a call
// with another name.
var i386Aliases = map[string]string{
	"stat64": "stat", "lstat64": "lstat", "fstatat64": "newfstatat", "statfs64": "", "truncate64": "truncate",
	"chown32": "chown", "lchown32": "lchown", "oldstat": "stat", "oldlstat": "lstat", "umount": "rmdir",
	"utimensat_time64": "utimensat",
}

// newTraceRules makes the table for one ABI, indexed by call number.
func newTraceRules(names []string, aliases map[string]string) []traceRule {
	rules := make([]traceRule, len(names))
	for nr, name := range names {
		known := name
		if alias := aliases[name]; alias != "" {
			known = alias
		}
		shape := callShapes[known]
		if shape == nil {
			shape = noShape
		}
		class, ok := callClasses[name]
		if !ok && (shape.path >= 0 || shape.path2 >= 0) {
			class = classFile
		}
		rules[nr] = traceRule{name: nameIn(names, nr), shape: shape, class: class, grows: growthKinds[known]}
	}
	return rules
}

// ruleFor returns the rule of a call, which for an unknown number has just a name.
func (tr *tracer) ruleFor(a abi, nr int) *traceRule {
	if a == abiX32 && nr < len(tr.rules[abiNative]) {
		a = abiNative
	}
	rules := tr.rules[a]
	if rules == nil {
		switch a {
		case abiX32:
			rules = newTraceRules(x32Names[:], nil)
		case abiI386:
			rules = newTraceRules(i386Names[:], i386Aliases)
		}
		tr.rules[a] = rules
	}
	if nr >= 0 && nr < len(rules) && rules[nr].name != "" {
		return &rules[nr]
	}
	name := nameIn(nil, nr)
	if tr.unknown[name] == nil {
		tr.unknown[name] = &traceRule{name: name, shape: noShape}
	}
	return tr.unknown[name]
}

// argument returns argument i of the pending call, 0 when there is none.
func (c *nativeCall) argument(i int8) uint64 {
	if i < 0 {
		return 0
	}
	return c.args[i]
}

// isFdStat reports whether the call is fstat in the guise that glibc 2.33 gave it:
// newfstatat(fd, "", …, AT_EMPTY_PATH). It names no file.
func (c *nativeCall) isFdStat() bool {
	if c.path != "" || c.unreadable {
		return false
	}
	switch c.rule.name {
	case "newfstatat":
		return c.args[3]&unix.AT_EMPTY_PATH != 0
	case "statx":
		return c.args[2]&unix.AT_EMPTY_PATH != 0
	}
	return false
}
