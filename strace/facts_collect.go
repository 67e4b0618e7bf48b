package strace

import (
	"path"
	"slices"
	"strings"
)

// Collector turns events, whatever their source, into Facts. Only the traced
// program counts, with its threads and forked copies; programs that it executes
// are named in Execs, and what they open is not the program's need.
type Collector struct {
	facts   Facts
	program []string
	began   bool // the program's exec was seen

	tasks     map[int]*collectedTask
	files     map[string]*fileFacts
	order     []*fileFacts
	gone      map[string]*Probe
	probe     []*Probe
	goneBytes int // what their names take

	maps bool // the source records mmap with PROT_EXEC of a known file

	elsewhere bool // the last call was another program's
	waits     bool // nobody of the program has called anything since another one was executed

	// Tasks that appeared without a record of the call that made them, as in a log
	// of file calls only: those that executed something were forks.
	looseThreads, looseForks int

	// Tasks that were reported to begin. Where the results of clone are not seen, they
	// are all that tells.
	begunThreads, begunForks int
}

// collectedTask is what matters of one thread.
type collectedTask struct {
	foreign bool // runs another program
	loose   bool // nothing said who made it
	execed  bool
	search  loaderSearch
}

// fileFacts is one path; whether it is a library is decided at the end.
type fileFacts struct {
	use       FileUse
	opened    bool // for reading, by name
	mapped    bool
	requested string
	caller    string
	line      int // of the first open
}

// maxFacts bounds the distinct paths that are kept; a million takes some 300 MB.
const maxFacts = 1 << 20

// maxGoneBytes bounds the names of what was not found: a path may have 4 KB.
const maxGoneBytes = 64 << 20

// NewCollector returns an empty collector.
func NewCollector() *Collector {
	return &Collector{
		facts: Facts{Syscalls: map[string]int{}},
		tasks: map[int]*collectedTask{},
		files: map[string]*fileFacts{},
		gone:  map[string]*Probe{},
	}
}

// Follow names the program that the facts are about, for a record that begins with
// another one (strace -f sh -c ./prog, env, a wrapper script): what was executed
// before it does not count. Call it before the first Add, with every path that the
// program may be executed by. A path that is relative on either side is compared by
// its base name.
func (c *Collector) Follow(program ...string) { c.program = program }

// Add takes in one event. It keeps no reference to it.
func (c *Collector) Add(e *Event) {
	switch e.Kind {
	case KindTask:
		c.begin(e)
		return
	case KindExit:
		delete(c.tasks, e.TID)
		return
	case KindSignal:
		return
	}
	t := c.task(e.TID)
	if callEffects[e.Name] == effectExec {
		c.executed(t, e)
	}
	c.elsewhere = t.foreign
	if t.foreign {
		return
	}
	c.waits = false
	c.facts.Syscalls[c.name(e.Name)]++
	if callEffects[e.Name] == effectFork {
		c.forked(e)
		return
	}
	p := e.Abs
	if p == "" {
		p = e.Path
	}
	if p == "" && e.Abs2 == "" {
		return
	}
	switch {
	case e.Failed():
		c.missed(t, e, p)
	case e.OK():
		c.used(t, e, p)
	}
}

// maxNames bounds the call names of a hostile source; Linux has fewer than 500.
const maxNames = 4096

func (c *Collector) name(n string) string {
	if _, ok := c.facts.Syscalls[n]; !ok && len(c.facts.Syscalls) >= maxNames {
		return "other"
	}
	return n
}

func (c *Collector) task(tid int) *collectedTask {
	t := c.tasks[tid]
	if t == nil {
		if main := c.tasks[0]; main != nil { // on a terminal the first has no number until there are two
			delete(c.tasks, 0)
			c.tasks[tid] = main
			return main
		}
		// While the program waits for another one, who appears is that one's.
		t = &collectedTask{foreign: len(c.program) > 0 && !c.began || c.elsewhere && c.waits, loose: true}
		if len(c.tasks) < maxTasks {
			c.tasks[tid] = t
			c.looseThreads++
		}
	}
	return t
}

// begin links a new task to the one that made it.
func (c *Collector) begin(e *Event) {
	parent := c.tasks[int(e.Ret)]
	if parent == nil || c.tasks[e.TID] != nil || len(c.tasks) >= maxTasks {
		return
	}
	c.tasks[e.TID] = &collectedTask{foreign: parent.foreign}
	if parent.foreign || e.PID == 0 {
		return
	}
	if e.TID == e.PID {
		c.begunForks++
	} else {
		c.begunThreads++
	}
}

func (c *Collector) forked(e *Event) {
	if !e.OK() || e.Ret <= 0 {
		return
	}
	if e.Flags&cloneThread != 0 {
		c.facts.Threads++
	} else {
		c.facts.Forks++
	}
}

// executed decides whose needs the task's next calls are.
func (c *Collector) executed(t *collectedTask, e *Event) {
	if !e.OK() {
		return
	}
	if t.loose && !t.execed && len(c.facts.Execs) > 0 {
		c.looseThreads--
		c.looseForks++
	}
	t.execed = true
	p := e.Abs
	if p == "" {
		p = e.Path
	}
	if len(c.facts.Execs) < maxFacts {
		c.facts.Execs = append(c.facts.Execs, strings.Clone(p))
	}
	switch {
	case len(c.program) == 0: // the first program; one that executes itself again stays it
		c.program, c.began = []string{strings.Clone(p)}, true
	default:
		t.foreign = !slices.ContainsFunc(c.program, func(want string) bool { return sameProgram(want, p) })
		c.waits = t.foreign
		c.began = c.began || !t.foreign
	}
}

func sameProgram(want, got string) bool {
	if want == got || got == "/proc/self/exe" {
		return true
	}
	return (!path.IsAbs(got) || !path.IsAbs(want)) && path.Base(want) == path.Base(got)
}

func (c *Collector) file(p string, e *Event) *fileFacts {
	if f := c.files[p]; f != nil {
		return f
	}
	f := &fileFacts{}
	if len(c.files) >= maxFacts {
		return f // counted by Facts as incomplete
	}
	f.use = FileUse{Path: strings.Clone(p), Line: e.Line}
	if e.Path != "" && !path.IsAbs(e.Path) && p == e.Abs {
		f.use.Asked = strings.Clone(e.Path)
	}
	c.files[f.use.Path] = f
	c.order = append(c.order, f)
	return f
}

// missed records a look-up that found nothing.
func (c *Collector) missed(t *collectedTask, e *Event, p string) {
	if e.Err != 2 && e.Err != 20 { // ENOENT, ENOTDIR
		return
	}
	if callEffects[e.Name] == effectOpen {
		t.search.failed(p)
	}
	q := c.gone[p]
	if q == nil {
		if len(c.gone) >= maxFacts || c.goneBytes >= maxGoneBytes {
			return
		}
		c.goneBytes += len(p)
		q = &Probe{Path: strings.Clone(p), Line: e.Line}
		c.gone[q.Path] = q
		c.probe = append(c.probe, q)
	}
	q.Count++
}

// used records a call that succeeded.
func (c *Collector) used(t *collectedTask, e *Event, p string) {
	use, known := callUses[e.Name]
	if !known {
		return
	}
	if use.byFD && c.files[p] == nil && e.Name != "mmap" {
		return // a descriptor that no name led to
	}
	if e.Name == "mmap" {
		if e.Flags&protExec != 0 {
			c.mapped(e, p)
		}
		return
	}
	if second := e.Abs2; second != "" && use.second != 0 {
		g := c.file(second, e)
		g.use.Count++
		g.use.Mode |= use.second
		g.use.Created = true
	}
	if use.mode == 0 && use.second != 0 { // symlink: the first path is only text
		return
	}
	f := c.file(p, e)
	if !use.byFD {
		f.use.Count++
	}
	switch callEffects[e.Name] {
	case effectOpen:
		c.opened(t, f, e, p)
	default:
		f.use.Mode |= use.mode
		f.use.Created = f.use.Created || use.creates
		if use.mode == ModeRead {
			f.use.BytesRead += e.Size
		} else if use.mode == ModeWrite && use.byFD {
			f.use.BytesWritten += e.Size
		}
	}
	if e.Mode&sIFMT == sIFDIR {
		f.use.Mode |= ModeDir
	}
}

func (c *Collector) opened(t *collectedTask, f *fileFacts, e *Event, p string) {
	write := e.Flags&oAccmode == oWronly || e.Flags&oAccmode == oRdwr || e.Flags&oTrunc != 0
	first := f.use.Mode == 0
	switch {
	case e.Flags&oTmpfile == oTmpfile: // p is the directory that holds the nameless file
		f.use.Mode |= ModeDir | ModeWrite
		return
	case e.Flags&oPath != 0:
		f.use.Mode |= ModeStat
	case e.Flags&oDirectory != 0:
		f.use.Mode |= ModeDir | ModeListed
	case write:
		f.use.Mode |= ModeWrite
		if e.Flags&oAccmode == oRdwr {
			f.use.Mode |= ModeRead
		}
	default:
		f.use.Mode |= ModeRead
	}
	f.use.Creates = f.use.Creates || e.Flags&oCreat != 0
	if e.Flags&oCreat != 0 && first && (c.gone[p] != nil || e.Flags&(oExcl|oTrunc) != 0) {
		f.use.Created = true
	}
	if f.use.Mode&(ModeRead|ModeDir) != ModeRead {
		return
	}
	if !f.opened {
		f.opened, f.line, f.caller = true, e.Line, strings.Clone(e.Caller)
		f.requested = f.use.Path
		if t.search.found(p) {
			f.requested = path.Base(f.use.Path)
		}
	}
	t.search.next(p)
}

// mapped records code. The mapping carries the name that the descriptor was opened
// by, or the real one; a real one that no open names is its own entry.
func (c *Collector) mapped(e *Event, p string) {
	if !path.IsAbs(p) && e.Abs == "" || strings.HasPrefix(p, "/dev/") || strings.HasPrefix(p, "/memfd:") {
		return // memory by another name
	}
	c.maps = true
	f := c.file(p, e)
	if !f.mapped {
		f.mapped = true
		if f.line == 0 {
			f.line = e.Line
		}
		if f.caller == "" {
			f.caller = strings.Clone(e.Caller)
		}
	}
}
