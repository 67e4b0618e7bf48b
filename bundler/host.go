package bundler

import "github.com/nanodiag/nanodiag/internal/hostroot"

// hostFiles is the root directory of the native run.
type hostFiles = hostroot.Root

// rel is p as io/fs wants it.
func rel(p string) string { return hostroot.Rel(p) }

// maxLinks is Linux's MAXSYMLINKS.
const maxLinks = 40
