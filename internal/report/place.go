package report

import (
	"strings"

	"github.com/nanodiag/nanodiag/internal/diagnose"
)

// Context is what the formats for CI need to know beyond the report itself.
type Context struct {
	Version  string              // nanodiag's own
	File     string              // the configuration to change, as the repository names it; "" for none
	Line     func(...string) int // line of a value in File by its keys; 0 when File lacks it; may be nil
	Log      string              // without File: the log to point at
	Secrets  []string            // arguments and values of variables, which no format for CI shows
	FailOn   Level               // the least level that fails a job; "" for errors
	Ignore   []IgnoreRule        // those that hold today
	Baseline Baseline            // may be nil
	Attach   func() Attachments  // reads what HTML shows of the logs; may be nil
}

// keysByID is where in the configuration the remedy for a cause goes, by the id's
// beginning; the first row that fits, and of its keys the first that the file has.
var keysByID = []struct {
	id   string
	keys []string
}{
	{"missing-data.volume", []string{"Mounts"}},
	{"missing-data.argument-file", []string{"Files", "MapDirs", "Args"}},
	{"missing-", []string{"MapDirs", "Files", "Dirs"}},
	{"bad-lib.", []string{"MapDirs", "Files", "Dirs"}},
	{"bad-data.", []string{"MapDirs", "Files", "Dirs"}},
	{"bad-program.", []string{"Program"}},
	{"env.missing-arguments", []string{"Args"}},
	{"env.", []string{"Env"}},
	{"resource.disk-full", []string{"BaseVolumeSz", "Mounts"}},
	{"resource.", []string{"RunConfig"}},
	{"syscall.needs-klib", []string{"Klibs"}},
	{"ops.klib", []string{"Klibs"}},
	{"ops.files", []string{"Files"}},
	{"ops.file-missing", []string{"Files"}},
	{"ops.mapdirs", []string{"MapDirs"}},
	{"ops.volume", []string{"Mounts"}},
	{"ops.port", []string{"RunConfig"}},
	{"network.", []string{"RunConfig", "NameServers"}},
}

// place is the file and line to change for a finding: what its patch changes, what its
// evidence names, or the part of the configuration that its kind of remedy goes to. It
// is never a place in a binary, which nobody can review.
func (c Context) place(f diagnose.Finding) (file string, line int) {
	if c.File == "" {
		for _, e := range f.Evidence {
			if e.Line > 0 {
				return c.Log, e.Line
			}
		}
		return c.Log, 1
	}
	for _, e := range f.Evidence {
		if e.Source == c.File && e.Line > 0 {
			return c.File, e.Line
		}
	}
	if c.Line == nil {
		return c.File, 1
	}
	if f.Fix != nil {
		for _, p := range f.Fix.ConfigPatch {
			keys := strings.Split(strings.TrimPrefix(p.Path, "/"), "/")
			for n := len(keys); n > 0; n-- {
				if line := c.Line(unescapePointer(keys[:n])...); line > 0 {
					return c.File, line
				}
			}
		}
	}
	for _, row := range keysByID {
		if !strings.HasPrefix(f.ID, row.id) {
			continue
		}
		for _, k := range row.keys {
			if line := c.Line(k); line > 0 {
				return c.File, line
			}
		}
		break
	}
	return c.File, 1
}

// unescapePointer undoes RFC 6901's escapes.
func unescapePointer(tokens []string) []string {
	out := make([]string, len(tokens))
	for i, t := range tokens {
		out[i] = strings.NewReplacer("~1", "/", "~0", "~").Replace(t)
	}
	return out
}
