package elfdeps

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// HintKind says what a Hint rests on. Its text is part of the output format.
type HintKind string

const (
	HintNote   HintKind = "note"   // .note.dlopen: the authors of the file say so
	HintImport HintKind = "import" // the file imports dlopen or dlmopen, so it may load anything
	HintString HintKind = "string" // the name of a library among the file's constants
	HintFamily HintKind = "family" // a library that is known to load plugins of a kind
)

// Hint is a library that an object of a closure may load while it runs. Nothing was run,
// so it is never more than possible.
type Hint struct {
	Kind   HintKind
	Object string   // path of the object that would load it
	Names  []string // names of one library, the preferred first; paths may hold "*" and names "%s". For HintImport the functions

	Feature     string // what it is for: of the note, or the family's name
	Description string // of the note
	Priority    string // of the note: required, recommended, suggested
	Evidence    string // what was seen and where, as a phrase
	Found       string // path at which dlopen would find the first of Names; "" when it would not, or a name is a pattern
}

// Hints looks for signs of dlopen in the program and the libraries of c. It reads far more
// of each file than Closure does. incomplete lists what could not be read or was too big.
func (l *Loader) Hints(c *Closure) (hints []Hint, incomplete []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	h := hinter{l: l, c: c, budget: maxScanTotal, importers: map[string]importer{}}
	for _, k := range h.objects() {
		if err := h.file(k); err != nil {
			h.incomplete = append(h.incomplete, fmt.Sprintf("%s: %v", k.path, err))
		}
	}
	h.families()
	for i := range h.hints {
		h.hints[i].Found = h.find(h.hints[i])
	}
	return h.hints, h.incomplete
}

type hinter struct {
	l          *Loader
	c          *Closure
	budget     int64 // bytes of constants that may still be read
	hints      []Hint
	incomplete []string
	importers  map[string]importer // by what the function tells, see tellingImports; the first object
	lookups    int
}

// importer is a function that an object imports and that tells of a family.
type importer struct {
	object, function string
}

// objects are the files to look into: the program first.
func (h *hinter) objects() []*link {
	if h.c.ns == nil {
		at := h.l.fs.resolve(h.c.ProgramReal)
		return []*link{{file: h.c.Program, path: h.c.Program.Path, at: at}}
	}
	var all []*link
	for _, k := range h.c.ns.links {
		if k.file != nil && !k.lost {
			all = append(all, k)
		}
	}
	return all
}

func (h *hinter) file(k *link) error {
	r, closer, err := open(h.l.fs.fsys, k.at.real)
	if err != nil {
		return err
	}
	defer closer.Close()
	p := &h.l.parser
	if _, err := p.parse(r); err != nil {
		return err
	}
	sections := p.sections()
	h.notes(k, sections)
	if err := h.imports(k); err != nil {
		return err
	}
	if k.file.isGlibc() { // its few names are those of families
		return nil
	}
	found, cut, err := p.libraryStrings(sections, &h.budget)
	for _, s := range found {
		if !h.known(k, s.name) {
			h.add(Hint{Kind: HintString, Object: k.path, Names: []string{s.name}, Evidence: fmt.Sprintf("constant at %#x", s.off)})
		}
	}
	if cut {
		err = errors.Join(err, errors.New("too big to search all of its constants"))
	}
	return err
}

func (h *hinter) add(x Hint) {
	if len(h.hints) < maxAllHints {
		h.hints = append(h.hints, x)
	}
}

func (h *hinter) notes(k *link, sections []section) {
	notes, faults := h.l.parser.dlopenNotes(sections)
	for _, n := range notes {
		h.add(Hint{
			Kind: HintNote, Object: k.path, Names: n.Soname, Feature: n.Feature, Description: n.Description,
			Priority: n.Priority, Evidence: fmt.Sprintf(".note.dlopen at %#x", n.Off),
		})
	}
	for _, f := range faults {
		h.incomplete = append(h.incomplete, fmt.Sprintf("%s: %v", k.path, f))
	}
}

// dlopenFunctions load libraries.
var dlopenFunctions = []string{"dlopen", "dlmopen"}

func (h *hinter) imports(k *link) error {
	var opens []string
	err := h.l.parser.imports(func(name []byte) {
		if i := slices.Index(dlopenFunctions, string(name)); i >= 0 && !slices.Contains(opens, string(name)) {
			opens = append(opens, dlopenFunctions[i])
		}
		if about, tells := tellingImports[string(name)]; tells && !k.file.isGlibc() {
			if _, told := h.importers[about]; !told {
				h.importers[about] = importer{k.path, string(name)}
			}
		}
	})
	if len(opens) > 0 {
		slices.Sort(opens)
		h.add(Hint{Kind: HintImport, Object: k.path, Names: opens, Evidence: "undefined symbol " + strings.Join(opens, " and ")})
	}
	return err
}

// known tells names that bring nothing new: the object's own, and those of the closure.
func (h *hinter) known(k *link, name string) bool {
	if k.file.Soname == name || k.path == name || k.at.real == name {
		return true
	}
	if h.c.ns == nil {
		return false
	}
	return h.c.ns.loaded(name) != nil
}

// find asks the loader for the first name that it would find.
func (h *hinter) find(x Hint) string {
	if x.Kind == HintImport {
		return ""
	}
	for _, name := range x.Names {
		if strings.ContainsAny(name, "%*{") {
			continue
		}
		if h.lookups++; h.lookups > maxLookups {
			return ""
		}
		added, err := h.l.dlopen(h.c, x.Object, name)
		if err != nil || len(added.Missing) > 0 {
			continue
		}
		if len(added.Objects) > 0 {
			return added.Objects[0].Path
		}
		if o, ok := h.c.Find(name); ok {
			return o.Path
		}
	}
	return ""
}

// readDir lists a directory by a path with symlinks; nothing when it cannot.
func (l *Loader) readDir(p string) []fs.DirEntry {
	at := l.fs.resolve(p)
	if at.fail != ok || !at.node.mode.IsDir() {
		return nil
	}
	entries, err := fs.ReadDir(l.fs.fsys, fsName(at.real))
	if err != nil {
		return nil
	}
	return entries
}
