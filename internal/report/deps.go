package report

import (
	"github.com/nanodiag/nanodiag/elfdeps"
	"github.com/nanodiag/nanodiag/internal/diagnose"
)

// Deps is the closure of one ELF file.
type Deps struct {
	Schema         string           `json:"schema"`
	Program        string           `json:"program"` // as asked for
	Path           string           `json:"path"`    // absolute, as in needed_by
	Interpreter    string           `json:"interpreter"`
	Objects        []DepsObject     `json:"objects"`
	Missing        []DepsMissing    `json:"missing"`
	VersionMissing []VersionMissing `json:"version_missing"`
	Needs          DepsNeeds        `json:"needs"`
	Hints          []DepsHint       `json:"hints,omitzero"`       // with --hints
	Incomplete     []string         `json:"incomplete,omitempty"` // what --hints could not read
	Error          string           `json:"error,omitempty"`      // why nothing is known of one of several files
}

// DepsNeeds is the least system that the closure runs on; a key is absent when nothing
// asks for it.
type DepsNeeds struct {
	Glibc   string `json:"glibc,omitempty"`   // "2.34"
	Glibcxx string `json:"glibcxx,omitempty"` // "3.4.29"
	ISA     string `json:"isa,omitempty"`     // "x86-64-v2"
}

// DepsHint is a library that an object may load while it runs.
type DepsHint struct {
	Kind        string   `json:"kind"` // note, import, string, family
	Object      string   `json:"object"`
	Name        []string `json:"name"`
	Feature     string   `json:"feature,omitempty"`
	Description string   `json:"description,omitempty"`
	Priority    string   `json:"priority,omitempty"`
	Evidence    string   `json:"evidence"`
	Found       string   `json:"found,omitempty"` // where dlopen would find it
	Confidence  string   `json:"confidence"`      // possible
}

// DepsList holds the closures of several ELF files.
type DepsList struct {
	Schema string `json:"schema"`
	Items  []Deps `json:"items"`
}

// DepsObject is one library of a closure.
type DepsObject struct {
	Soname   string   `json:"soname"`
	Path     string   `json:"path"`
	FoundBy  string   `json:"found_by"`
	NeededBy []string `json:"needed_by"`
	HWCaps   bool     `json:"hwcaps"`
}

// DepsMissing is a library that the loader would not find.
type DepsMissing struct {
	Soname   string   `json:"soname"`
	NeededBy []string `json:"needed_by"`
	Tried    []string `json:"tried"`
	Reason   string   `json:"reason,omitempty"`     // why a file that is there was refused
	Omitted  int      `json:"tried_more,omitempty"` // places that were tried and are not in Tried
}

// VersionMissing is a symbol version that an object needs and its library lacks.
type VersionMissing struct {
	Object   string `json:"object"`
	NeededBy string `json:"needed_by"`
	Version  string `json:"version"`
}

// NewDeps turns a closure into its JSON form. program is the name that was asked for.
func NewDeps(program string, c *elfdeps.Closure) Deps {
	d := Deps{
		Schema: SchemaDeps, Program: program, Path: c.Program.Path, Interpreter: c.Interpreter,
		Objects: []DepsObject{}, Missing: []DepsMissing{}, VersionMissing: []VersionMissing{},
	}
	for _, o := range c.Objects {
		d.Objects = append(d.Objects, DepsObject{o.Soname, o.Path, string(o.FoundBy), list(o.NeededBy), o.HWCaps})
	}
	if c.InterpreterMissing {
		d.Missing = append(d.Missing, DepsMissing{Soname: c.Interpreter, NeededBy: []string{c.Program.Path}, Tried: []string{c.Interpreter}})
	}
	for _, m := range c.Missing {
		d.Missing = append(d.Missing, DepsMissing{m.Soname, list(m.NeededBy), list(m.Tried), m.Reason, m.TriedMore})
	}
	for _, v := range c.VersionMissing {
		d.VersionMissing = append(d.VersionMissing, VersionMissing{v.Object, v.NeededBy, v.Version})
	}
	n := c.Needs()
	d.Needs = DepsNeeds{n.Glibc.Version, n.Glibcxx.Version, n.ISA.Version}
	return d
}

// FailedDeps stands for one of several files that could not be examined.
func FailedDeps(program, path string, err error) Deps {
	return Deps{
		Schema: SchemaDeps, Program: program, Path: path, Error: err.Error(),
		Objects: []DepsObject{}, Missing: []DepsMissing{}, VersionMissing: []VersionMissing{},
	}
}

// AddHints puts what elfdeps.Loader.Hints returned into the document.
func (d *Deps) AddHints(hints []elfdeps.Hint, incomplete []string) {
	d.Hints = []DepsHint{} // also when there are none: they were looked for
	for _, h := range hints {
		d.Hints = append(d.Hints, DepsHint{
			Kind: string(h.Kind), Object: h.Object, Name: list(h.Names), Feature: h.Feature, Description: h.Description,
			Priority: h.Priority, Evidence: h.Evidence, Found: h.Found, Confidence: string(diagnose.Possible),
		})
	}
	d.Incomplete = append(d.Incomplete, incomplete...)
}

// list makes nil an empty JSON array.
func list(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}
