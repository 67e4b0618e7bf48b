package symbolize

import (
	"debug/dwarf"
	"debug/elf"
	"debug/gosym"
	"fmt"
	"strings"
	"time"
)

// lineTable finds source lines. Exactly one of its fields is set, or none.
type lineTable struct {
	dwarf         *dwarf.Data
	golang        *gosym.Table                  // .gopclntab, which a stripped Go program keeps
	err           error                         // why there is none
	subs          map[dwarf.Offset][]subprogram // by unit
	deadline      time.Time                     // for files made to waste time
	entries, rows int                           // read so far, against the bounds
	units         []unit                        // of dwarf; nil until asked for
}

// lineSections are the DWARF sections that lines need; locations and types of
// variables, more than half of the whole, are not read.
var lineSections = []string{"abbrev", "info", "str", "line", "ranges", "line_str", "str_offsets", "addr", "rnglists"}

// lineTable reads the line information of the object on first use.
func (o *object) lineTable() *lineTable {
	d := o.debugFile()
	if o.debug.lines != nil {
		return o.debug.lines
	}
	t := &lineTable{deadline: time.Now().Add(maxLineTime)}
	o.debug.lines = t
	if o.elf.Section(".debug_info") != nil || d == nil {
		t.read(o)
	} else {
		t.read(d)
	}
	return t
}

func (t *lineTable) read(o *object) {
	defer guard(o.host, &t.err)
	if o.elf.Section(".debug_info") == nil {
		t.readGo(o)
		return
	}
	var data [9][]byte
	total := uint64(0)
	for i, name := range lineSections {
		sec := o.elf.Section(".debug_" + name)
		if sec == nil || sec.Type == elf.SHT_NOBITS {
			continue
		}
		if total += sec.Size; sec.Size > maxDebugBytes || total > maxDebugBytes {
			t.err = fmt.Errorf("%s: more than %d MB of line information", o.host, maxDebugBytes>>20)
			return
		}
		b, err := sec.Data()
		if err != nil {
			t.err = fmt.Errorf("%s: %s: %w", o.host, sec.Name, err)
			return
		}
		data[i] = b
	}
	dw, err := dwarf.New(data[0], nil, nil, data[1], data[3], nil, data[4], data[2])
	if err != nil {
		t.err = fmt.Errorf("%s: %w", o.host, err)
		return
	}
	for i, name := range lineSections[5:] {
		if err := dw.AddSection(".debug_"+name, data[5+i]); err != nil {
			t.err = fmt.Errorf("%s: %w", o.host, err)
			return
		}
	}
	t.dwarf = dw
}

// pclntab is the function table of a Go program, nil in others.
func (o *object) pclntab() *elf.Section {
	if sec := o.elf.Section(".gopclntab"); sec != nil {
		return sec
	}
	return o.elf.Section(".data.rel.ro.gopclntab") // PIE
}

// readGo reads the function table of a Go program.
func (t *lineTable) readGo(o *object) {
	sec, text := o.pclntab(), o.elf.Section(".text")
	if sec == nil || text == nil || sec.Size > maxDebugBytes {
		return
	}
	b, err := sec.Data()
	if err != nil {
		return
	}
	tab, err := gosym.NewTable(nil, gosym.NewLineTable(b, text.Addr))
	if err == nil {
		t.golang = tab
	}
}

// place is a source position, with the function for tables that know it.
type place struct {
	file  string
	line  int
	fn    string
	entry uint64 // start of fn
}

// find returns the source position of an address of the file.
func (t *lineTable) find(pc uint64) (p place, err error) {
	defer guard("line table", &err)
	switch {
	case t.golang != nil:
		file, line, fn := t.golang.PCToLine(pc)
		if fn != nil {
			return place{file, line, fn.Name, fn.Entry}, nil
		}
	case t.dwarf != nil:
		p, err := t.findDWARF(pc)
		p.file = tidy(p.file)
		return p, err
	}
	return place{}, t.err
}

func (t *lineTable) findDWARF(pc uint64) (place, error) {
	if t.units == nil {
		if err := t.readUnits(); err != nil {
			return place{}, err
		}
	}
	// Ranges seldom overlap; where they do, as in files with discarded sections, the
	// first that has a line for the address counts.
	for i := range t.units {
		u := &t.units[i]
		if pc < u.low || pc >= u.high {
			continue
		}
		if time.Now().After(t.deadline) {
			return place{}, fmt.Errorf("given up after %v", maxLineTime)
		}
		if p, ok := t.row(u.entry, pc); ok {
			return p, nil
		}
	}
	return place{}, nil
}

// row finds the line of an address in the table of one unit. LineReader.SeekPC gives up
// where sequences are not in order of addresses, as those of C++ templates and of
// .text.startup are not.
func (t *lineTable) row(cu *dwarf.Entry, pc uint64) (place, bool) {
	lr, err := t.dwarf.LineReader(cu)
	if lr == nil || err != nil {
		return place{}, false
	}
	var e dwarf.LineEntry
	var last place
	lastAddr, open := uint64(0), false
	for lr.Next(&e) == nil {
		if t.rows++; t.rows > maxRows {
			return place{}, false
		}
		if open && lastAddr <= pc && pc < e.Address {
			return last, true
		}
		if open = !e.EndSequence && e.File != nil; open && e.Address <= pc {
			lastAddr, last = e.Address, place{file: e.File.Name, line: e.Line}
		} else {
			open = open && e.Address <= pc
		}
	}
	return place{}, false
}

// unitOf is the compilation unit of an address, nil when none has it.
func (t *lineTable) unitOf(pc uint64) *unit {
	for i := range t.units {
		if u := &t.units[i]; pc >= u.low && pc < u.high {
			return u
		}
	}
	return nil
}

// unit is an address range of a compilation unit.
type unit struct {
	low, high uint64
	entry     *dwarf.Entry
}

// readUnits lists the address ranges of all compilation units.
func (t *lineTable) readUnits() error {
	t.units = []unit{}
	r := t.dwarf.Reader()
	for range maxUnits {
		e, err := r.Next()
		if err != nil {
			return fmt.Errorf("list compilation units: %w", err)
		}
		if e == nil {
			return nil
		}
		if e.Tag == dwarf.TagCompileUnit || e.Tag == dwarf.TagSkeletonUnit {
			ranges, err := t.dwarf.Ranges(e)
			if err != nil {
				return fmt.Errorf("list compilation units: %w", err)
			}
			for _, rg := range ranges {
				t.units = append(t.units, unit{rg[0], rg[1], e})
			}
		}
		r.SkipChildren()
	}
	return nil
}

// tidy shortens ./a/../b.c as compilers record it.
func tidy(name string) string {
	return strings.TrimPrefix(name, "./")
}
