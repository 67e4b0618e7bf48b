package symbolize

import "github.com/nanodiag/nanodiag/strace"

// MappedFile is a file that a run mapped into its memory.
type MappedFile struct {
	Path     string // "" where the trace does not print it
	Size     int64  // bytes, 0 when unknown
	Code     bool   // a part of it was executable
	Unmapped bool   // as a whole, before the end of the trace
}

// FileAt finds the file that was mapped where addr lies; ok is false for anonymous
// memory, and where the events hold no mapping of it.
func FileAt(events []strace.Event, addr uint64) (f MappedFile, ok bool) {
	m := readMemory(events).fileAt(addr)
	if m == nil {
		return MappedFile{}, false
	}
	return m.exported(), true
}

// MappedFiles lists the files that a run mapped, in the order in which it did.
func MappedFiles(events []strace.Event) []MappedFile {
	var out []MappedFile
	for _, m := range readMemory(events).files {
		out = append(out, m.exported())
	}
	return out
}

func (m *mapped) exported() MappedFile {
	return MappedFile{Path: m.path, Size: m.size, Code: m.exec, Unmapped: m.unloaded}
}
