package strace

// Facts are what a run needs of its machine.
type Facts struct {
	Libraries  []Library      // every ELF file mapped as code or opened as a library, in order of first appearance
	Files      []FileUse      // everything else that exists and was used; one entry per path
	NotFound   []Probe        // look-ups that failed because nothing is there (ENOENT, ENOTDIR)
	Forks      int            // processes made
	Execs      []string       // programs executed, the traced one first
	Syscalls   map[string]int // calls by name, as far as the source records them
	Threads    int            // threads made
	Incomplete []string       // what the facts may lack, in words
}

// Library is one file of code.
type Library struct {
	Path        string // absolute, as asked (symlinks as the program or its loader named them)
	Asked       string // as the program passed it, where that was relative: "./plugins/x.so"; else ""
	RequestedAs string // a bare name when the loader searched for it, else the path; best known
	OpenedBy    string // object whose code asked; "" unknown
	Mapped      bool   // seen mapped with PROT_EXEC; false where the source records no mmap
	Line        int    // where it was opened in the source; 0 when live
}

// FileMode says how a file was used.
type FileMode uint16

const (
	ModeRead   FileMode = 1 << iota // opened for reading
	ModeWrite                       // opened for writing, truncated, or changed by name
	ModeExec                        // executed
	ModeDir                         // is a directory
	ModeStat                        // asked about (stat, access); the only bit for files that must merely be there
	ModeLink                        // read as a symlink
	ModeListed                      // directory whose entries were read
)

// StatOnly reports whether the file's content was never looked at.
func (m FileMode) StatOnly() bool { return m&(ModeRead|ModeWrite|ModeExec|ModeLink|ModeListed) == 0 }

// String is the mode's name in reports: "r", "w", "rw", "exec", "dir", "stat".
func (m FileMode) String() string {
	switch {
	case m&ModeExec != 0:
		return "exec"
	case m&ModeDir != 0:
		return "dir"
	case m&(ModeRead|ModeWrite) == ModeRead|ModeWrite:
		return "rw"
	case m&ModeWrite != 0:
		return "w"
	case m&(ModeRead|ModeLink) != 0:
		return "r"
	}
	return "stat"
}

// FileUse is one path that was there.
type FileUse struct {
	Path  string // absolute where known, else as given
	Asked string // as the program passed it, where that was relative: "data/x"; else ""
	Mode  FileMode

	// BytesRead and BytesWritten are what the calls moved, where the source records those
	// of reading and writing. In a live run no call of either kind stops: BytesWritten is
	// FileGrowth.Written then, and BytesRead stays 0. BytesAdded is FileGrowth.Added.
	BytesRead    int64
	BytesWritten int64
	BytesAdded   int64

	Created bool // the program made it: it was absent before, or O_EXCL, mkdir, rename …
	Creates bool // opened with O_CREAT: made if it was absent, which the record does not tell
	Count   int  // calls that named it
	Line    int  // first use in the source; 0 when live
}

// Probe is a path that was not there.
type Probe struct {
	Path  string
	Count int
	Line  int // first look-up in the source; 0 when live
}
