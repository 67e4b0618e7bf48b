package bundler

import (
	"path"
	"strings"
)

// KeepsOut names the option that keeps a file out of the image, "" where none does. A
// fix of the configuration obeys the same options as the bundle.
func (o Options) KeepsOut(file string) string {
	base := path.Base(file)
	switch {
	case newMatcher(o.Exclude).match(file):
		return "--exclude"
	case len(o.Only) > 0 && !newMatcher(o.Only).match(file):
		return "--only"
	case o.LibsOnly && !strings.HasSuffix(base, ".so") && !strings.Contains(base, ".so."):
		return "--libs-only"
	}
	return ""
}

// Filters reports whether there is anything that KeepsOut could name.
func (o Options) Filters() bool { return len(o.Exclude)+len(o.Only) > 0 || o.LibsOnly }
