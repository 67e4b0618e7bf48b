// Package nanos holds what is known about the Nanos kernel by release: which system
// calls it serves, which it only pretends to serve, which need a klib, and which
// files it serves itself.
//
// The facts are in data/nanos-syscalls.json, which was made from the kernel's
// register_syscall() calls at every tag and checked by calling every number in
// running guests of three versions. The data says what a version answers, not what
// a program makes of it: a modern glibc program meets several ENOSYS in every run
// and does not mind.
package nanos

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
)

//go:embed data/nanos-syscalls.json
var data []byte

// Table answers questions about every known version. It is safe for concurrent use
// because nothing changes it after Load.
//
// Wherever a method takes a version, "" means Latest, a version between two known
// ones has the facts of the older one, and one beyond all known ones the facts of
// the newest.
type Table struct {
	versions []string // oldest first; the last one may be Head
	klibs    [][]string
	calls    map[string][]change // oldest first
	numbers  map[string]int
	names    map[int]string
	notes    []note
	special  []special
}

// change says that from the version with this index on, a call has this status.
type change struct {
	from   int
	status Status
	klib   string
}

// document is the shape of data/nanos-syscalls.json.
type document struct {
	Format   int
	Versions []struct {
		Version string
		Table   struct{ Implemented, Ignored []string }
		Add     map[string]string
		Del     []string
		Klibs   []string
		Klib    map[string]string `json:"klib_only"`
	}
	Numbers map[string]int
	Notes   []note
	Special struct {
		Kernel, Klib map[string]string
	} `json:"special_files"`
}

var load = sync.OnceValues(func() (*Table, error) { return parse(data) })

// Load returns the built-in facts. They are decoded on the first call.
func Load() (*Table, error) { return load() }

// formatKnown is the format number of the data that this code understands.
const formatKnown = 1

func parse(b []byte) (*Table, error) {
	var doc document
	if err := json.Unmarshal(b, &doc); err != nil {
		return nil, fmt.Errorf("read facts about Nanos: %w", err)
	}
	if doc.Format != formatKnown {
		return nil, fmt.Errorf("read facts about Nanos: format %d is not %d", doc.Format, formatKnown)
	}
	if len(doc.Versions) == 0 {
		return nil, fmt.Errorf("read facts about Nanos: no versions")
	}
	t := &Table{calls: map[string][]change{}, numbers: doc.Numbers, names: map[int]string{}, notes: doc.Notes}
	for name, nr := range doc.Numbers {
		t.names[nr] = name
	}
	for i, v := range doc.Versions {
		if i > 0 && Compare(doc.Versions[i-1].Version, v.Version) >= 0 {
			return nil, fmt.Errorf("read facts about Nanos: version %s is out of order", v.Version)
		}
		t.versions = append(t.versions, v.Version)
		t.klibs = append(t.klibs, v.Klibs)
		for _, c := range v.Table.Implemented {
			t.set(c, i, Implemented, "")
		}
		for _, c := range v.Table.Ignored {
			t.set(c, i, Ignored, "")
		}
		for c, s := range v.Add {
			status, ok := statusByName[s]
			if !ok {
				return nil, fmt.Errorf("read facts about Nanos: %s: %s has unknown status %q", v.Version, c, s)
			}
			t.set(c, i, status, "")
		}
		for _, c := range v.Del {
			t.set(c, i, Unsupported, "")
		}
		for c, klib := range v.Klib {
			t.set(c, i, KlibOnly, klib)
		}
	}
	var err error
	if t.special, err = parseSpecial(doc.Special.Kernel, doc.Special.Klib); err != nil {
		return nil, err
	}
	return t, nil
}

// set records a change of status; one that repeats the status before it is none.
func (t *Table) set(call string, from int, s Status, klib string) {
	old := t.calls[call]
	if n := len(old); n > 0 && old[n-1].status == s && old[n-1].klib == klib {
		return
	}
	t.calls[call] = append(old, change{from, s, klib})
}

// Versions lists the known versions, oldest first. The last one is Head.
func (t *Table) Versions() []string { return slices.Clone(t.versions) }

// Latest is the newest known release, which is what Ops runs unless told otherwise.
func (t *Table) Latest() string {
	for _, v := range slices.Backward(t.versions) {
		if !isHead(v) {
			return v
		}
	}
	return t.versions[0]
}

// index is the position of the newest known version that is not newer than version.
func (t *Table) index(version string) int {
	if version == "" {
		version = t.Latest()
	}
	at := 0
	for i, v := range t.versions {
		if Compare(v, version) <= 0 {
			at = i
		}
	}
	return at
}

// Klibs lists the klibs that ship with a version.
func (t *Table) Klibs(version string) []string { return slices.Clone(t.klibs[t.index(version)]) }
