package report

import (
	"fmt"
	"io"
	"path"
	"sort"

	"github.com/nanodiag/nanodiag/internal/native"
)

// Trace is what one native run loaded, read and looked for.
type Trace struct {
	Schema      string         `json:"schema"`
	Program     string         `json:"program"`
	Args        []string       `json:"args"`
	Exit        *Exit          `json:"exit"`
	Libraries   []TraceLibrary `json:"libraries"`
	RuntimeOnly []string       `json:"runtime_only"`
	Files       []TraceFile    `json:"files"`
	NotFound    []TraceProbe   `json:"not_found"`
	Processes   TraceProcesses `json:"processes"`
	Syscalls    map[string]int `json:"syscalls"`
	PeakRSS     int64          `json:"peak_rss_bytes"`
	Moved       TraceMoved     `json:"moved"`
	Incomplete  []string       `json:"incomplete"`
}

// TraceLibrary is an ELF file that was mapped or opened as code.
type TraceLibrary struct {
	Path        string   `json:"path"`
	Soname      string   `json:"soname"`
	Dlopened    bool     `json:"dlopened"`   // outside the DT_NEEDED closure of the program and of what it loaded
	InClosure   bool     `json:"in_closure"` // in the DT_NEEDED closure of the program
	NeededBy    []string `json:"needed_by"`
	OpenedBy    string   `json:"opened_by"` // object whose code asked for it; empty when unknown
	RequestedAs string   `json:"requested_as"`
}

// TraceFile is a file that the program used. In a live run BytesRead is the size of a
// file that was read or mapped, and BytesWritten the most that it grew.
type TraceFile struct {
	Path         string `json:"path"`
	Mode         string `json:"mode"` // r, w, rw, exec, dir, stat
	BytesRead    int64  `json:"bytes_read"`
	BytesWritten int64  `json:"bytes_written"`
}

// TraceMoved is what calls of reading and writing moved, to and from files, pipes and
// sockets alike, of the program and the children that it waited for; 0 when unknown.
type TraceMoved struct {
	Read    int64 `json:"bytes_read"`
	Written int64 `json:"bytes_written"`
}

// TraceProbe is a path that was looked for and not there.
type TraceProbe struct {
	Path  string `json:"path"`
	Count int    `json:"count"`
}

// TraceProcesses says what the run did that Nanos has no second process for.
type TraceProcesses struct {
	Forks      int      `json:"forks"`
	Execs      []string `json:"execs"`
	MaxThreads int      `json:"max_threads"`
}

// NewTrace turns a run into its JSON form.
func NewTrace(program string, args []string, r *native.Run) *Trace {
	t := &Trace{
		Schema: SchemaTrace, Program: program, Args: list(args), Exit: NewExit(r.Result.Exit),
		Libraries: []TraceLibrary{}, RuntimeOnly: list(r.RuntimeOnly()), Files: []TraceFile{}, NotFound: []TraceProbe{},
		Processes:  TraceProcesses{r.Result.Forks, list(r.Result.Execs), r.Result.MaxThreads},
		Syscalls:   r.Result.Syscalls,
		PeakRSS:    r.Result.PeakRSS,
		Moved:      TraceMoved{r.Result.BytesRead, r.Result.BytesWritten},
		Incomplete: list(r.Result.Incomplete),
	}
	if t.Syscalls == nil {
		t.Syscalls = map[string]int{}
	}
	for _, l := range r.Libs {
		t.Libraries = append(t.Libraries, TraceLibrary{
			Path: l.Path, Soname: l.Soname, InClosure: l.InClosure,
			Dlopened: !l.InClosure && len(l.NeededBy) == 0,
			NeededBy: list(l.NeededBy), OpenedBy: l.OpenedBy, RequestedAs: l.RequestedAs,
		})
	}
	for _, f := range r.All.Files {
		t.Files = append(t.Files, TraceFile{f.Path, f.Mode.String(), f.BytesRead, f.BytesWritten})
	}
	for _, p := range r.All.NotFound {
		t.NotFound = append(t.NotFound, TraceProbe{p.Path, p.Count})
	}
	return t
}

// TraceText prints a run for a person: the libraries that no header names first.
func TraceText(w io.Writer, program string, r *native.Run, all bool) {
	only := 0
	for _, l := range r.Libs {
		if l.Main && !l.InClosure {
			only++
		}
	}
	fmt.Fprintf(w, "%s: %s, %s loaded at run time that no ELF header of its closure names\n",
		Escape(path.Base(program)), NewExit(r.Result.Exit).Words(), Count(only, "library", "libraries"))
	for _, l := range r.Libs {
		if !l.Main || l.InClosure {
			continue
		}
		by := ""
		switch {
		case len(l.NeededBy) > 0:
			by = "needed by " + path.Base(l.NeededBy[0])
		case l.OpenedBy != "":
			by = "opened by " + path.Base(l.OpenedBy)
		}
		fmt.Fprintf(w, "  %s", Escape(l.Path))
		if l.RequestedAs != "" && l.RequestedAs != l.Path {
			fmt.Fprintf(w, "  asked for as %s", Escape(l.RequestedAs))
		}
		if by != "" {
			fmt.Fprintf(w, "  (%s)", Escape(by))
		}
		fmt.Fprintln(w)
	}
	fmt.Fprintf(w, "\n  %s of the closure, %s used, %s not found\n",
		Count(countClosure(r), "library", "libraries"), Count(len(r.All.Files), "file", "files"), Count(len(r.All.NotFound), "path", "paths"))
	if n := r.Result.Forks; n > 0 || len(r.Result.Execs) > 0 {
		fmt.Fprintf(w, "  %s started: Nanos has one process, and answers fork and exec with ENOSYS\n", Count(n, "process", "processes"))
	}
	if r.Result.PeakRSS > 0 {
		fmt.Fprintf(w, "  peak memory %s, at most %s at once\n", Size(r.Result.PeakRSS), Count(r.Result.MaxThreads, "thread", "threads"))
	}
	if n := r.Result.BytesRead + r.Result.BytesWritten; n > 0 {
		fmt.Fprintf(w, "  read %s and wrote %s by calls", Size(r.Result.BytesRead), Size(r.Result.BytesWritten))
		if room := r.All.Room("/"); room > 0 {
			fmt.Fprintf(w, "; files grew by %s", Size(room))
		}
		fmt.Fprintln(w)
	}
	if all {
		for _, f := range r.All.Files {
			fmt.Fprintf(w, "  %-5s %s", f.Mode.String(), Escape(f.Path))
			if f.BytesWritten > 0 {
				fmt.Fprintf(w, "  %s written", Size(f.BytesWritten))
			}
			fmt.Fprintln(w)
		}
		for _, p := range r.All.NotFound {
			fmt.Fprintf(w, "  absent x%d %s\n", p.Count, Escape(p.Path))
		}
		names := make([]string, 0, len(r.Result.Syscalls))
		for n := range r.Result.Syscalls {
			names = append(names, n)
		}
		sort.Strings(names)
		fmt.Fprintf(w, "  system calls: %v\n", names)
	}
	for _, s := range r.Result.Incomplete {
		fmt.Fprintf(w, "  not seen: %s\n", Escape(s))
	}
}

func countClosure(r *native.Run) int {
	n := 0
	for _, l := range r.Libs {
		if l.InClosure {
			n++
		}
	}
	return n
}
