package native

import (
	"os"

	"github.com/nanodiag/nanodiag/strace"
)

// measure enters what files were written to, and for those that were read their size:
// it is what reading or mapping the whole of it once gives. No call that reads stops,
// so what was read in part, or again and again, is not told apart.
func measure(f *strace.Facts, grown []strace.FileGrowth, host func(path string) string) {
	f.Measure(grown)
	for i := range f.Files {
		u := &f.Files[i]
		if u.BytesRead > 0 || u.Mode&strace.ModeRead == 0 || u.Created {
			continue
		}
		if info, err := os.Stat(host(u.Path)); err == nil && info.Mode().IsRegular() {
			u.BytesRead = info.Size()
		}
	}
}
