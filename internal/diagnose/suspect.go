package diagnose

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"
	"syscall"
	"unicode"

	"github.com/nanodiag/nanodiag/internal/lazyregexp"
	"github.com/nanodiag/nanodiag/strace"
	"github.com/nanodiag/nanodiag/tracelog"
)

// access is one path that the guest asked for in vain, with what the native run did
// with it.
type access struct {
	path   string
	want   purpose
	err    syscall.Errno
	at     int // event of the last attempt that counts
	line   int
	count  int
	fate   fate
	weight weight
	reason string // why it weighs less
	lib    *search
	opened bool  // the guest opened it; only the content is in question
	size   int64 // of what the guest opened
	rank   int   // 0: the nearest to the failure
	late   bool  // it came after the last words
	polled bool  // asked for again and again
}

// maxSuspects bounds how many accesses are weighed, counted from the failure
// backwards; a program that looks for more has its cause among the last.
const maxSuspects = 64

// suspects lists what the guest asked for in vain, nearest to the failure first, and
// what was set aside.
func (r *run) suspects() ([]access, []Suppressed) {
	if !r.weighed {
		r.weighed = true
		r.accesses, r.aside = r.findSuspects()
	}
	return r.accesses, r.aside
}

func (r *run) findSuspects() (out []access, aside []Suppressed) {
	byPath := map[string]int{}
	founds := r.guestFinds()
	inSearch := map[int]bool{}
	for i := range r.searches {
		s := &r.searches[i]
		for j := s.from; j <= s.end; j++ {
			inSearch[j] = r.events()[j].TID == s.tid
		}
		if a, ok, note := r.weighSearch(s, founds); ok {
			out = append(out, a)
		} else if note != nil {
			aside = append(aside, *note)
		}
	}
	events := r.events()
	for i := range events {
		e := &events[i]
		w := wants(e)
		if w == wantsNothing || inSearch[i] && (isLibrary(e.Path) || w == wantsLook) {
			continue
		}
		if e.OK() {
			if a, ok := r.contentDiffers(e, i, w); ok {
				out = append(out, a)
			}
			continue
		}
		if !missing(e) && !(e.Err == syscall.EINVAL && (e.Name == "readlink" || e.Name == "readlinkat")) {
			continue // other errors of path calls are judged as calls
		}
		key := pathKey(e.Path)
		if j, ok := byPath[key]; ok {
			a := &out[j]
			a.count++
			if r.log.Crash == nil || e.Line <= r.last {
				a.at, a.line = i, e.Line
			}
			if w == wantsOpen || w == wantsMake {
				a.want = w
			}
			continue
		}
		a, note := r.weighAccess(e, i, w, founds)
		if note != nil {
			aside = append(aside, *note)
			continue
		}
		byPath[key] = len(out)
		out = append(out, a)
	}
	return r.rankSuspects(out), aside
}

// guestFinds maps base names to the last event at which the guest found one.
func (r *run) guestFinds() map[string]int {
	finds := map[string]int{}
	events := r.events()
	for i := range events {
		if e := &events[i]; e.OK() && wants(e) != wantsNothing {
			finds[path.Base(pathKey(e.Path))] = i
		}
	}
	return finds
}

// weighAccess judges one failed look-up; a note says that it is noise, and why.
func (r *run) weighAccess(e *strace.Event, i int, w purpose, finds map[string]int) (access, *Suppressed) {
	key := pathKey(e.Path)
	a := access{path: e.Path, want: w, err: e.Err, at: i, line: e.Line, count: 1, fate: r.native.of(e.Path, r.setup)}
	noise := func(reason string) (access, *Suppressed) {
		return access{}, &Suppressed{Subject: e.Path, Reason: reason}
	}
	row, expected := probe(key)
	if expected && row.weight == harmless {
		return noise(row.reason)
	}
	if e.Err == syscall.EINVAL && !r.native.isLink(a.fate.asListed) {
		return noise("the path is no symbolic link, natively neither")
	}
	if e.Err == syscall.EINVAL && a.fate.ok {
		a.weight, a.reason = weak, "natively it is a symbolic link"
	}
	if r.native != nil {
		at, made := 0, false
		if w == wantsMake {
			at, made = r.native.madeIn(path.Dir(e.Path), r.setup)
		}
		switch {
		case made && !a.fate.ok: // another name in the same directory: names are often random
			a.fate = fate{asked: true, ok: true, made: true, line: r.native.events[at].Line, at: at, asListed: e.Path}
		case a.fate.asked && !a.fate.ok:
			return noise("it fails natively too")
		}
	}
	if j, ok := finds[path.Base(key)]; ok && j > i && !a.fate.ok {
		return noise("found elsewhere afterwards, at " + r.events()[j].Path)
	}
	if expected {
		a.weight, a.reason = row.weight, row.reason
	}
	if w == wantsExec {
		return noise("a program to start; there is no second process anyway")
	}
	return a, nil
}

// weighSearch judges one search of the loader.
func (r *run) weighSearch(s *search, finds map[string]int) (a access, suspect bool, note *Suppressed) {
	if s.found {
		return access{}, false, nil
	}
	e := &r.events()[s.to]
	a = access{path: s.asked(), want: wantsOpen, err: syscall.ENOENT, at: s.to, line: s.line, count: len(s.tried), lib: s}
	if s.refused {
		return a, true, nil
	}
	if e.Err != 0 {
		a.err = e.Err
	}
	if j, ok := finds[s.name]; ok && j > s.to && isLibrary(r.events()[j].Path) && wants(&r.events()[j]) == wantsOpen {
		return access{}, false, &Suppressed{Subject: s.name, Reason: "found elsewhere afterwards, at " + r.events()[j].Path}
	}
	if r.native == nil {
		return a, true, nil
	}
	for _, p := range s.tried {
		if f := r.native.of(p, r.setup); f.ok {
			a.fate = f
			return a, true, nil
		}
	}
	if i, ok := r.native.library(s.name); ok {
		a.fate = fate{asked: true, ok: true, opened: true, loaded: true, at: i, line: r.native.events[i].Line, asListed: r.native.events[i].Path}
		return a, true, nil
	}
	if len(r.native.byBase[s.name]) > 0 {
		return access{}, false, &Suppressed{ID: "missing-lib.dlopen-soname", Subject: s.name, Reason: "an optional library: it is absent natively too"}
	}
	return a, true, nil
}

// contentDiffers finds files that open in both runs and are not the same file: the
// size is all that logs tell of their content.
func (r *run) contentDiffers(e *strace.Event, i int, w purpose) (access, bool) {
	if r.native == nil || w != wantsOpen || isLibrary(e.Path) || beneath("/proc", "/sys", "/dev")(pathKey(e.Path)) {
		return access{}, false
	}
	size := r.sizeAfter(i)
	f := r.native.of(e.Path, r.setup)
	if !f.ok || f.made || f.size == 0 || size < 0 || size == f.size {
		return access{}, false
	}
	return access{path: e.Path, want: w, at: i, line: e.Line, count: 1, fate: f, opened: true, size: size}, true
}

// sizeAfter returns the size that a stat of the just opened descriptor showed in the
// guest; -1 when there was none.
func (r *run) sizeAfter(i int) int64 {
	events := r.events()
	for j := i + 1; j < len(events) && j <= i+8; j++ {
		e := &events[j]
		if e.TID == events[i].TID && e.OK() && e.Path == "" && e.Mode != 0 && (e.Args == "" || descriptorIs(e, events[i].Ret)) {
			return e.Size
		}
		if e.Name == "close" {
			return -1
		}
	}
	return -1
}

// rankSuspects orders by nearness to the failure.
func (r *run) rankSuspects(in []access) []access {
	var before, after []access
	for _, a := range in {
		if a.line > r.last {
			a.late = true
			after = append(after, a)
		} else {
			before = append(before, a)
		}
	}
	sortByEvent(before)
	sortByEvent(after)
	for i := range before {
		before[i].rank = i
	}
	for i := range after {
		after[i].rank = i
	}
	out := append(before, after...)
	return out[:min(len(out), maxSuspects)]
}

// sortByEvent puts the last event first.
func sortByEvent(as []access) {
	slices.SortFunc(as, func(a, b access) int { return cmp.Compare(b.at, a.at) })
}

// Points for accesses. The scale is that of candidate.
const (
	pointsNativeOK   = 40 // it works natively and not in the guest
	pointsNoNative   = 30 // nothing to compare with
	pointsUnasked    = 18 // natively it was never asked for: the guest had left the course before
	pointsNearest    = 20 // nothing else failed between it and the failure
	pointsNear       = 8
	pointsStopped    = 20 // the guest did nothing more of what the native run did next
	pointsSilent     = 15 // natively the program then wrote to stdout, in the guest it did not
	pointsNamed      = 35 // the last words name it
	pointsListed     = 8  // they list it among all that was tried
	pointsErrno      = 18 // the last words have the text of its error
	pointsWeak       = -25
	pointsWentOn     = -35 // the guest did all that the native run did next
	pointsLate       = -12 // it came after the last words
	pointsFailsAlone = -40 // the native run fails as well, so the difference is not to blame
	pointsPolled     = 15
)

// maxNamed is how many things a message is about; one that names more lists what was
// tried, as Lua's "module 'x' not found" does.
const maxNamed = 4

// judgeAccesses turns suspects into candidates.
func (r *run) judgeAccesses(suspects []access) []candidate {
	var out []candidate
	listed := 0
	for _, a := range suspects {
		if r.names(a) {
			listed++
		}
	}
	for _, a := range suspects {
		if _, ok := r.maker(a); ok {
			continue // it is not there since the call that makes it failed
		}
		p := pointsNoNative
		switch {
		case a.opened:
			p = pointsNoNative
		case a.fate.ok:
			p = pointsNativeOK
		case r.native != nil:
			p = pointsUnasked
		}
		named := r.names(a) || r.namesListed(a)
		spoken := false
		if line, ok := r.lastBad(); ok && a.err != 0 {
			spoken = says(line.Text, a.err)
		}
		if a.weight == weak {
			p += pointsWeak
		}
		// A look-up that most programs tolerate gains nothing from its place alone.
		if a.weight != weak || named || spoken {
			p += nearness(a.rank)
		}
		if a.late {
			p += pointsLate
		}
		if a.fate.ok && !a.opened {
			p += r.progress(a)
		}
		switch {
		case named && listed > maxNamed:
			p += pointsListed
		case named:
			p += pointsNamed
		}
		if spoken {
			p += pointsErrno
		}
		if r.nativeFails() && a.fate.ok && !a.opened {
			p += pointsFailsAlone
		}
		if a.polled = a.count >= 3 && r.hangs(); a.polled {
			p += pointsPolled
		}
		c := r.classify(a)
		if a.lib != nil && r.unsureWhere(c.ID) {
			c.limit = Possible
		}
		c.Tied = named || spoken || a.rank == 0 && !a.late && a.weight != weak && r.nextAct(a)
		if a.opened && a.rank > 0 && !named {
			p -= pointsNearest
		}
		if a.weight == weak && !named && !spoken {
			p = min(p, minPossible-1)
		}
		c.points = p + c.points
		c.order = a.rank + 1
		if a.late {
			c.order += maxSuspects
		}
		out = append(out, c)
	}
	return out
}

// comparesOpens reports whether the guest's log shows the paths of successful opens:
// those of Nanos up to 0.1.50 do not.
func (r *run) comparesOpens() bool { return r.log.Format != tracelog.FormatOld }

// unsureWhere: without a native run and without knowing the image, a library that the
// loader did not find may lie in it all the same, where the loader does not look.
func (r *run) unsureWhere(id string) bool {
	switch id {
	case "missing-lib.search-path":
		return r.in.GuestHas == nil && r.native == nil
	case "missing-lib.dlopen-soname", "missing-lib.dlopen-dependency":
		return r.in.GuestHas == nil && r.native == nil && (!r.setup.known || len(r.setup.imageDirs()) > 0)
	}
	return false
}

// nearness gives points for the place among the suspects.
func nearness(rank int) int {
	switch rank {
	case 0:
		return pointsNearest
	case 1:
		return pointsNear
	case 2:
		return pointsNear / 2
	}
	return 0
}

// names reports whether the last words name the access: its path, its base name, or
// a library's name without "lib" and version.
func (r *run) names(a access) bool {
	if r.said == "" {
		return false
	}
	if contains(r.said, strings.TrimSuffix(a.path, "/")) {
		return true
	}
	if strings.Contains(a.path, "/gconv/") && conversionWords.MatchString(r.said) {
		return true
	}
	base := path.Base(pathKey(a.path))
	if a.lib != nil {
		base = a.lib.name
	}
	if a.want == wantsMake && contains(r.said, path.Dir(pathKey(a.path))) {
		return true
	}
	return len(base) > 3 && contains(r.said, base)
}

// namesListed reports whether the error that the program states names what the native
// run read in a directory that the guest lacks: a program that reads there which of
// its parts to load goes on without them, and stumbles over one of them later.
//
//	guest:  openat("/etc/php/8.2/cli/conf.d") = -ENOENT
//	        Fatal error: Uncaught Error: Call to undefined function ctype_alpha()
//	native: openat("/etc/php/8.2/cli/conf.d/20-ctype.ini") = 3
func (r *run) namesListed(a access) bool {
	if r.native == nil || !a.fate.ok || !a.fate.listed || a.late {
		return false
	}
	line, ok := Decisive(r.words)
	if !ok || r.saidNatively(line.Text) {
		return false
	}
	said := nameParts(line.Text)
	dir := pathKey(a.fate.asListed)
	for part := range nameParts(dir) {
		delete(said, part) // what they all have in common
	}
	for i := a.fate.at + 1; i < len(r.native.events); i++ {
		e := &r.native.events[i]
		if e.OK() && wants(e) == wantsOpen && path.Dir(pathKey(e.Path)) == dir {
			for part := range nameParts(strings.TrimSuffix(path.Base(e.Path), path.Ext(e.Path))) {
				if said[part] {
					return true
				}
			}
		}
	}
	return false
}

// nameParts are the words of which names in a text are made, in lower case; short
// ones and those of messages say nothing.
func nameParts(text string) map[string]bool {
	parts := map[string]bool{}
	for _, w := range strings.FieldsFunc(strings.ToLower(text), func(c rune) bool { return !unicode.IsLetter(c) }) {
		if len(w) > 3 && !plainWords.MatchString(w) {
			parts[w] = true
		}
	}
	return parts
}

var plainWords = lazyregexp.New(`^(\w*error|\w*exception|fatal|uncaught|call|undefined|function|class|module|command|line|code|main|file|files|name|names|path|config|default|system|common|list|load|loaded|loading|failed|found|from|with|unknown|cannot|such|directory|invalid|value|type|data|index|test|program|read|open|user|local|init)$`)

// maxNextActs is how many calls a program makes between the failure and its words on
// it, or its end.
const maxNextActs = 16

// nextAct reports whether the program did nothing more after the access than speak of
// it or end.
func (r *run) nextAct(a access) bool {
	n := 0
	for _, e := range r.events()[a.at+1:] {
		if e.Line > r.last {
			break
		}
		if n++; n > maxNextActs || e.OK() && wants(&e) != wantsNothing {
			return false
		}
	}
	return true
}

var conversionWords = lazyregexp.New(`(?i)iconv|conver(t|sion)|charset|character set|encoding|codec|codepage`)

// contains reports whether a text contains a name as a whole word.
func contains(text, name string) bool {
	if len(name) < 2 {
		return false
	}
	for from := 0; ; {
		i := strings.Index(text[from:], name)
		if i < 0 {
			return false
		}
		i += from
		end := i + len(name)
		if (i == 0 || !wordByte(text[i-1]) || !wordByte(name[0])) &&
			(end == len(text) || !wordByte(name[len(name)-1]) || !wordByte(text[end]) && text[end] != '/') {
			return true
		}
		from = i + 1
	}
}

func wordByte(b byte) bool {
	return b == '_' || b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z'
}

// maxProgress bounds how much of the native run after an access is compared: what a
// program does next shows soon whether it does it at all.
const maxProgress = 256

// progress compares what both runs did after the access.
func (r *run) progress(a access) int {
	if !r.comparesOpens() {
		return 0
	}
	guest := r.guestDeeds()
	own := r.comparableFate(a)
	total, done := 0, 0
	nativeStdout := false
	seen := map[string]bool{own: true}
	for i := a.fate.at + 1; i < len(r.native.events) && total < maxProgress; i++ {
		e := &r.native.events[i]
		nativeStdout = nativeStdout || firstUseOfStdout(e)
		if !e.OK() || wants(e) == wantsNothing {
			continue
		}
		key := r.comparable(e)
		if row, ok := probe(pathKey(e.Path)); seen[key] || (ok && row.weight == harmless) {
			continue
		}
		seen[key] = true
		total++
		if at, ok := guest.last[key]; ok && at > a.at {
			done++
		}
	}
	switch {
	case total > 0 && done == 0:
		return pointsStopped
	case total > 0 && done == total:
		return pointsWentOn
	case total > 0:
		return -min(25, 25*done/total)
	case nativeStdout && guest.stdout <= a.at:
		return pointsSilent
	}
	return 0
}

// deeds is what the guest got done.
type deeds struct {
	last   map[string]int // comparable form of a path → last event at which an access of it worked
	stdout int            // event of the first use of stdout; -1 when there was none
}

func (r *run) guestDeeds() deeds {
	if r.deeds.last != nil {
		return r.deeds
	}
	d := deeds{last: map[string]int{}, stdout: -1}
	events := r.events()
	for i := range events {
		e := &events[i]
		if e.OK() && wants(e) != wantsNothing {
			d.last[r.comparable(e)] = i
		}
		if d.stdout < 0 && firstUseOfStdout(e) {
			d.stdout = i
		}
	}
	r.deeds = d
	return d
}

// comparable is the form of an access that is equal in both runs: the path without
// the working directory; for new files the directory, as names are often random.
func (r *run) comparable(e *strace.Event) string {
	key := pathKey(e.Path)
	if wants(e) == wantsMake {
		key = path.Dir(key) + "/*"
	}
	if r.native != nil && r.native.cwd != "" && r.native.cwd != "/" {
		if rest, ok := below(key, r.native.cwd); ok {
			return rest
		}
	}
	if rest, ok := below(key, r.setup.cwd); ok && path.IsAbs(key) && !systemPath(key) {
		return rest
	}
	return key
}

func (r *run) comparableFate(a access) string {
	if a.fate.at < len(r.native.events) {
		return r.comparable(&r.native.events[a.fate.at])
	}
	return pathKey(a.path)
}

// firstUseOfStdout reports whether the call is the stat of descriptor 1 that stdio
// makes before its first output: `newfstatat(1, "", …)`, `fstat(1, …)`.
func firstUseOfStdout(e *strace.Event) bool {
	switch e.Name {
	case "fstat", "newfstatat", "statx":
		return e.OK() && e.Path == "" && onDescriptor(e, "1")
	}
	return false
}

// evidence of an access: the guest's line, and the native one where there is one.
func (r *run) accessEvidence(a access) []Evidence {
	if a.at < 0 { // known from a message only
		return nil
	}
	ev := []Evidence{r.eventEvidence(a.at)}
	if a.lib != nil && len(a.lib.tried) > 1 {
		ev[0].Text = fmt.Sprintf("%s not found in %d directories (%s)", a.lib.name, a.lib.dirs(), callText(&r.events()[a.at]))
	}
	if a.count > 2 && a.lib == nil {
		ev[0].Text += fmt.Sprintf(" (%d times)", a.count)
	}
	if a.fate.ok && r.native != nil && a.fate.at < len(r.native.events) {
		ev = append(ev, Evidence{Source: r.in.NativeSource, Line: a.fate.line, Text: "natively: " + callText(&r.native.events[a.fate.at])})
	}
	return ev
}

// eventEvidence quotes one event of the guest.
func (r *run) eventEvidence(i int) Evidence {
	e := &r.events()[i]
	return Evidence{Source: r.in.GuestSource, Line: e.Line, Text: callText(e)}
}

// callText is a call in one line: `openat("/data/x") = -ENOENT`.
func callText(e *strace.Event) string {
	var b strings.Builder
	b.WriteString(e.Name)
	b.WriteByte('(')
	switch {
	case e.Path != "" && e.Path2 != "":
		fmt.Fprintf(&b, "%q, %q", e.Path, e.Path2)
	case e.Path != "":
		fmt.Fprintf(&b, "%q", e.Path)
	default:
		b.WriteString(e.Args)
	}
	b.WriteByte(')')
	switch {
	case e.State == strace.Unfinished:
		b.WriteString(" did not return")
	case e.Err != 0:
		b.WriteString(" = -" + strace.ErrnoName(e.Err))
	default:
		fmt.Fprintf(&b, " = %d", e.Ret)
	}
	return b.String()
}
