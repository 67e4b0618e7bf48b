package strace

import "strings"

// FileGrowth is what a run wrote to one regular file, by the file's size: the tracer
// sees no write call, but looks at files that are opened for writing, at what is
// removed, renamed or truncated, and at what is left in the end. All ways to write
// count, a shared mapping and io_uring too.
type FileGrowth struct {
	Path   string // as the program named it last, absolute; the directory, for a file without a name
	Opened string // as it was opened; another name if it was renamed

	// Written is the most that the file was seen to hold beyond what it held when it was
	// first opened for writing, in bytes; all of it, if it was made or truncated. It is
	// exact for files that only grow, and a lower bound where bytes were overwritten, or
	// cut off again through a descriptor.
	Written int64
	Added   int64 // by how much it is larger after the run than before; negative when it shrank or went
	Made    bool  // it was not there before
}

// Measure enters what was written to files, as far as f has them.
func (f *Facts) Measure(grown []FileGrowth) {
	if len(grown) == 0 {
		return
	}
	uses := make(map[string]*FileUse, len(f.Files))
	for i := range f.Files {
		uses[f.Files[i].Path] = &f.Files[i]
	}
	for _, g := range grown {
		u := uses[g.Path]
		if u == nil { // in a directory that was renamed
			u = uses[g.Opened]
		}
		if u == nil {
			continue
		}
		if u.BytesWritten < g.Written || u.Mode&ModeDir != 0 { // a log of writes knows more
			u.BytesWritten += g.Written
		}
		u.BytesAdded += g.Added
		u.Created = u.Created || g.Made
	}
}

// Room returns the least space, in bytes, that the run's writing below dir took: what
// its files have more than before at the end, or the largest that was there for a
// while. 0 also where the source does not record it.
func (f *Facts) Room(dir string) int64 {
	left, once := int64(0), int64(0)
	prefix := strings.TrimSuffix(dir, "/") + "/"
	for i := range f.Files {
		u := &f.Files[i]
		if u.Path != dir && !strings.HasPrefix(u.Path, prefix) {
			continue
		}
		left += u.BytesAdded
		if u.BytesAdded <= 0 {
			once = max(once, u.BytesWritten)
		}
	}
	return max(left, once)
}
