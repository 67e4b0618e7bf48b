package symbolize

import (
	"debug/dwarf"
	"fmt"
)

// inlined is a function that the compiler put into the body of another.
type inlined struct {
	name string // demangled
	file string // where it was inlined: the call in the function around it
	line int
}

// subprogram is a function of a compilation unit with code of its own.
type subprogram struct {
	low, high uint64
	offset    dwarf.Offset
}

// inlines lists what was inlined at an address, outermost first.
func (t *lineTable) inlines(pc uint64) (list []inlined, err error) {
	defer guard("inlined functions", &err)
	u := t.unitOf(pc)
	if u == nil {
		return nil, nil
	}
	subs, err := t.subprograms(u.entry)
	if err != nil {
		return nil, err
	}
	for _, s := range subs {
		if pc >= s.low && pc < s.high {
			return t.inlinesIn(u.entry, s.offset, pc)
		}
	}
	return nil, nil
}

// subprograms lists the functions of a unit once. Functions can be nested in namespaces
// and types; those without code are passed over with all that they hold.
func (t *lineTable) subprograms(cu *dwarf.Entry) ([]subprogram, error) {
	if subs, ok := t.subs[cu.Offset]; ok {
		return subs, nil
	}
	var subs []subprogram
	r := t.dwarf.Reader()
	r.Seek(cu.Offset)
	if _, err := r.Next(); err != nil {
		return nil, err
	}
	for depth := 0; depth >= 0; {
		e, err := r.Next()
		if err != nil || e == nil {
			return nil, err
		}
		if t.entries++; t.entries > maxEntries {
			return nil, fmt.Errorf("more than %d entries of debug information", maxEntries)
		}
		switch e.Tag {
		case 0:
			depth--
			continue
		case dwarf.TagCompileUnit, dwarf.TagPartialUnit:
			depth = -1 // the next unit; this one was not closed
			continue
		case dwarf.TagSubprogram:
			ranges, err := t.dwarf.Ranges(e)
			if err != nil {
				return nil, err
			}
			for _, rg := range ranges {
				subs = append(subs, subprogram{rg[0], rg[1], e.Offset})
			}
		}
		if !e.Children {
			continue
		}
		if scopes[e.Tag] {
			depth++
		} else {
			r.SkipChildren()
		}
	}
	if t.subs == nil {
		t.subs = map[dwarf.Offset][]subprogram{}
	}
	t.subs[cu.Offset] = subs
	return subs, nil
}

// scopes are the entries that can hold functions with code.
var scopes = map[dwarf.Tag]bool{
	dwarf.TagNamespace: true, dwarf.TagModule: true, dwarf.TagStructType: true, dwarf.TagClassType: true,
	dwarf.TagUnionType: true, dwarf.TagEnumerationType: true,
}

// inlinesIn walks down the function at an offset to the innermost inlined one.
func (t *lineTable) inlinesIn(cu *dwarf.Entry, at dwarf.Offset, pc uint64) ([]inlined, error) {
	lr, err := t.dwarf.LineReader(cu)
	if err != nil || lr == nil {
		return nil, err
	}
	files := lr.Files()
	r := t.dwarf.Reader()
	r.Seek(at)
	if _, err := r.Next(); err != nil {
		return nil, err
	}
	var list []inlined
	for depth := 0; depth >= 0; {
		e, err := r.Next()
		if err != nil || e == nil {
			return list, err
		}
		if t.entries++; t.entries > maxEntries {
			return list, nil
		}
		if e.Tag == 0 {
			depth--
			continue
		}
		if e.Tag != dwarf.TagInlinedSubroutine && e.Tag != dwarf.TagLexDwarfBlock {
			if e.Children {
				r.SkipChildren()
			}
			continue
		}
		inside, err := t.covers(e, pc)
		if err != nil {
			return list, err
		}
		// A lexical block may have no range of its own.
		if !inside && (e.Tag == dwarf.TagInlinedSubroutine || e.AttrField(dwarf.AttrRanges) != nil || e.AttrField(dwarf.AttrLowpc) != nil) {
			if e.Children {
				r.SkipChildren()
			}
			continue
		}
		if e.Tag == dwarf.TagInlinedSubroutine {
			in := inlined{name: t.originName(e)}
			in.line = int(number(e, dwarf.AttrCallLine))
			if i := number(e, dwarf.AttrCallFile); i > 0 && int(i) < len(files) && files[i] != nil {
				in.file = tidy(files[i].Name)
			}
			if list = append(list, in); len(list) > maxFrames {
				return list, nil
			}
		}
		if e.Children {
			depth++
		}
	}
	return list, nil
}

func number(e *dwarf.Entry, a dwarf.Attr) int64 {
	n, _ := e.Val(a).(int64)
	return n
}

func (t *lineTable) covers(e *dwarf.Entry, pc uint64) (bool, error) {
	ranges, err := t.dwarf.Ranges(e)
	for _, rg := range ranges {
		if pc >= rg[0] && pc < rg[1] {
			return true, nil
		}
	}
	return false, err
}

// originName follows abstract origins and specifications to a name.
func (t *lineTable) originName(e *dwarf.Entry) string {
	for range 4 {
		if name, ok := e.Val(dwarf.AttrLinkageName).(string); ok && name != "" {
			return demangled(name)
		}
		off, ok := e.Val(dwarf.AttrAbstractOrigin).(dwarf.Offset)
		if !ok {
			off, ok = e.Val(dwarf.AttrSpecification).(dwarf.Offset)
		}
		if !ok {
			break
		}
		r := t.dwarf.Reader()
		r.Seek(off)
		next, err := r.Next()
		if err != nil || next == nil {
			return ""
		}
		e = next
	}
	name, _ := e.Val(dwarf.AttrName).(string)
	return name
}
