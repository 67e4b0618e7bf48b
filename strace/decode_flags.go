package strace

import (
	"strconv"
	"strings"
)

// flagSet is the vocabulary of one argument: single bits, and fields of several
// bits of which one value holds (the access mode of open, the exit signal of
// clone). Values are those of Linux on amd64.
type flagSet struct {
	field uint64            // mask of the multi-bit field; 0 for none
	value map[uint64]string // names of the field's values
	bits  []flagBit         // in strace's order; a name of several bits stands before its parts
	zero  string            // what 0 is called
}

type flagBit struct {
	bit  uint64
	name string
}

var openFlags = flagSet{
	field: 3,
	value: map[uint64]string{0: "O_RDONLY", 1: "O_WRONLY", 2: "O_RDWR", 3: "O_ACCMODE"},
	bits: []flagBit{
		{0o100, "O_CREAT"}, {0o200, "O_EXCL"}, {0o400, "O_NOCTTY"}, {0o1000, "O_TRUNC"}, {0o2000, "O_APPEND"},
		{0o4000, "O_NONBLOCK"}, {0o4010000, "O_SYNC"}, {0o10000, "O_DSYNC"}, {0o20000, "FASYNC"}, {0o40000, "O_DIRECT"},
		{0o100000, "O_LARGEFILE"}, {0o400000, "O_NOFOLLOW"}, {0o1000000, "O_NOATIME"}, {0o2000000, "O_CLOEXEC"},
		{0o10000000, "O_PATH"}, {0o20200000, "O_TMPFILE"}, {0o200000, "O_DIRECTORY"},
	},
}

// The flags of open(2) that this package itself looks at.
const (
	oAccmode   = 3
	oWronly    = 1
	oRdwr      = 2
	oCreat     = 0o100
	oExcl      = 0o200
	oTrunc     = 0o1000
	oDirectory = 0o200000
	oTmpfile   = 0o20200000
	oPath      = 0o10000000
)

var protFlags = flagSet{
	zero: "PROT_NONE",
	bits: []flagBit{
		{1, "PROT_READ"}, {2, "PROT_WRITE"}, {4, "PROT_EXEC"}, {8, "PROT_SEM"},
		{0x01000000, "PROT_GROWSDOWN"}, {0x02000000, "PROT_GROWSUP"},
	},
}

const protExec = 4

var accessModes = flagSet{
	zero: "F_OK",
	bits: []flagBit{{4, "R_OK"}, {2, "W_OK"}, {1, "X_OK"}},
}

var cloneFlags = flagSet{
	field: 0xff, // the signal sent to the parent when the child ends
	value: func() map[uint64]string {
		m := map[uint64]string{}
		for n, name := range signalNames {
			if name != "" {
				m[uint64(n)] = name
			}
		}
		return m
	}(),
	zero: "0",
	bits: []flagBit{
		{0x100, "CLONE_VM"}, {0x200, "CLONE_FS"}, {0x400, "CLONE_FILES"}, {0x800, "CLONE_SIGHAND"},
		{0x1000, "CLONE_PIDFD"}, {0x2000, "CLONE_PTRACE"}, {0x4000, "CLONE_VFORK"}, {0x8000, "CLONE_PARENT"},
		{0x10000, "CLONE_THREAD"}, {0x20000, "CLONE_NEWNS"}, {0x40000, "CLONE_SYSVSEM"}, {0x80000, "CLONE_SETTLS"},
		{0x100000, "CLONE_PARENT_SETTID"}, {0x200000, "CLONE_CHILD_CLEARTID"}, {0x400000, "CLONE_DETACHED"},
		{0x800000, "CLONE_UNTRACED"}, {0x1000000, "CLONE_CHILD_SETTID"}, {0x2000000, "CLONE_NEWCGROUP"},
		{0x4000000, "CLONE_NEWUTS"}, {0x8000000, "CLONE_NEWIPC"}, {0x10000000, "CLONE_NEWUSER"},
		{0x20000000, "CLONE_NEWPID"}, {0x40000000, "CLONE_NEWNET"}, {0x80000000, "CLONE_IO"},
		{1 << 32, "CLONE_CLEAR_SIGHAND"}, {1 << 33, "CLONE_INTO_CGROUP"},
	},
}

const (
	cloneFS     = 0x200
	cloneFiles  = 0x400
	cloneThread = 0x10000
)

// format writes v in strace's way: names joined by "|", what no name covers in hex.
func (s *flagSet) format(v uint64) string {
	if v == 0 && s.zero != "" {
		return s.zero
	}
	var parts []string
	rest := v
	fieldLast := ""
	if s.field != 0 {
		if name, ok := s.value[v&s.field]; ok {
			rest &^= s.field
			if s.value[0] != "" {
				parts = append(parts, name) // the access mode stands first
			} else {
				fieldLast = name // the signal stands last
			}
		}
	}
	for _, b := range s.bits {
		if b.bit != 0 && rest&b.bit == b.bit {
			parts = append(parts, b.name)
			rest &^= b.bit
		}
	}
	if rest != 0 {
		parts = append(parts, "0x"+strconv.FormatUint(rest, 16))
	}
	if fieldLast != "" {
		parts = append(parts, fieldLast)
	}
	if len(parts) == 0 {
		return "0"
	}
	return strings.Join(parts, "|")
}

// flagValues maps every name of every set to its bits. The names do not clash,
// so one table serves all arguments.
var flagValues = func() map[string]uint64 {
	m := map[string]uint64{"O_ASYNC": 0o20000, "O_NDELAY": 0o4000, "O_LARGEFILE": 0o100000}
	for _, s := range []*flagSet{&openFlags, &protFlags, &accessModes, &cloneFlags} {
		if s.zero != "" {
			m[s.zero] = 0
		}
		for v, name := range s.value {
			m[name] = v
		}
		for _, b := range s.bits {
			m[b.name] = b.bit
		}
	}
	for name, v := range atFlagValues {
		m[name] = v
	}
	return m
}()

// atFlagValues are the AT_ flags whose meaning the reader needs.
var atFlagValues = map[string]uint64{
	"AT_SYMLINK_NOFOLLOW": 0x100, "AT_EACCESS": 0x200, "AT_REMOVEDIR": 0x200, "AT_SYMLINK_FOLLOW": 0x400,
	"AT_NO_AUTOMOUNT": 0x800, "AT_EMPTY_PATH": 0x1000,
}

// parseFlags reads "O_RDONLY|O_CLOEXEC|0x8000"; words that it does not know count
// as 0, because a newer strace knows more names than this table.
func parseFlags(text string) uint64 {
	var v uint64
	for text != "" {
		var word string
		word, text, _ = strings.Cut(text, "|")
		if i := strings.Index(word, " /*"); i >= 0 {
			word = word[:i]
		}
		if word == "" {
			continue
		}
		if word[0] >= '0' && word[0] <= '9' {
			n, err := strconv.ParseUint(word, 0, 64)
			if err == nil {
				v |= n
			}
			continue
		}
		v |= flagValues[word]
	}
	return v
}
