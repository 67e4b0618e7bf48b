package diagnose

import (
	"math"
	"slices"
	"strings"

	"github.com/nanodiag/nanodiag/internal/lazyregexp"
	"github.com/nanodiag/nanodiag/internal/nanos"
	"github.com/nanodiag/nanodiag/strace"
	"github.com/nanodiag/nanodiag/tracelog"
)

// run is the guest's run under examination, together with everything that the rules
// ask about it. It lives for one Diagnose.
type run struct {
	in     Input
	log    *tracelog.Log
	setup  setup
	native *native
	table  *nanos.Table

	version  string          // Nanos version to judge by; "" when there is no table
	words    []tracelog.Line // what the program printed, without empty lines
	last     int             // log line of the failure: the last bad words, the crash, or the end
	said     string          // the bad words at last and around it; "" when the program said nothing
	saidAt   int             // log line of the last bad words; 0 when there are none
	searches []search

	nativeLines      map[string]bool // what the native run printed; see saidNatively
	nativeBeginnings []string        // of lines that its record cuts

	weighed  bool // accesses and aside are filled
	accesses []access
	aside    []Suppressed

	judgedCalls bool // failedCalls and quietCalls are filled
	failedCalls []candidate
	quietCalls  []Suppressed

	deeds deeds
}

// maxWords bounds how much of the console's end is read for messages: a traceback or
// a backtrace fits, a program's whole log need not.
const maxWords = 400

func newRun(in Input) *run {
	r := &run{in: in, log: in.Guest, setup: newSetup(in), native: newNative(in), table: in.Table, version: in.Version}
	if args, ok := r.native.args(); ok && !r.setup.argsKnown {
		r.setup.args, r.setup.argsKnown = args, true // the best guess at what the guest was given
	}
	if r.version == "" {
		r.version = r.log.Version
	}
	if r.version == "" && r.table != nil {
		r.version = r.guessVersion()
	}
	for i := len(r.log.Console) - 1; i >= 0 && len(r.words) < maxWords; i-- {
		l := r.log.Console[i]
		if text := strings.TrimSpace(uncoloured(l.Text)); text != "" {
			r.words = append(r.words, tracelog.Line{N: l.N, Text: text})
		}
	}
	slices.Reverse(r.words)
	r.findEnd()
	r.searches = findSearches(r.log.Events)
	return r
}

// sequences steer a terminal: colours (CSI) and titles (OSC).
var sequences = lazyregexp.New(`\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\))`)

// uncoloured is a line as its reader saw it.
func uncoloured(text string) string {
	if strings.IndexByte(text, 0x1b) < 0 {
		return text
	}
	return sequences.Regexp().ReplaceAllString(text, "")
}

// guessVersion takes the newest version that the log's shapes allow.
func (r *run) guessVersion() string {
	if r.log.VersionMax != "" {
		return r.log.VersionMax
	}
	return r.table.Latest()
}

// findEnd locates the failure: the last words that speak of one, else the crash, else
// the end of the log.
func (r *run) findEnd() {
	r.last = math.MaxInt
	if c := r.log.Crash; c != nil && c.Line > 0 {
		r.last = c.Line
	}
	for i := len(r.words) - 1; i >= 0; i-- {
		if r.words[i].N > r.last || !looksBad(r.words[i].Text) || r.nativeWorks() && r.saidNatively(r.words[i].Text) || r.coped(i) {
			continue
		}
		r.saidAt = r.words[i].N
		r.last = r.words[i].N
		r.said = r.around(i)
		break
	}
}

// around returns the lines that belong to the message at word i: a few before it (a
// traceback, the first half of a message) and all after it.
func (r *run) around(i int) string {
	const before = 24 // a Rust or Python trace has its head further up; 24 lines reach it
	from := max(0, i-before)
	var b strings.Builder
	for k, l := range r.words[from:] {
		if from+k < i && (warns.MatchString(l.Text) || tolerated.MatchString(l.Text) && !r.fatalLine(from+k)) {
			continue
		}
		b.WriteString(l.Text)
		b.WriteByte('\n')
	}
	return b.String()
}

// warns: a line that says of itself that it is no error, before one that is.
//
//	convert: UnableToOpenConfigureFile `delegates.xml' @ warning/configure.c/GetConfigureOptions/681.
var warns = lazyregexp.New(`(?i)@ warning/|^\W*(?:\w+: )?(?:warn|warning)\b|\blevel=warn|"level":"warn|\[warn(?:ing)?\]|\| ?warn(?:ing)? +\|`)

// lastWord returns the last line that the program printed.
func (r *run) lastWord() (line tracelog.Line, ok bool) {
	if len(r.words) == 0 {
		return tracelog.Line{}, false
	}
	return r.words[len(r.words)-1], true
}

// lastBad returns the last line that speaks of a failure.
func (r *run) lastBad() (line tracelog.Line, ok bool) {
	for i := len(r.words) - 1; i >= 0; i-- {
		if r.words[i].N == r.saidAt {
			return r.words[i], true
		}
	}
	return tracelog.Line{}, false
}

// traced reports whether the guest log has system calls.
func (r *run) traced() bool { return len(r.log.Events) > 0 }

// events is the guest's events.
func (r *run) events() []strace.Event { return r.log.Events }

// nativeFails reports whether the native run failed too.
func (r *run) nativeFails() bool {
	ok, known := r.native.worked()
	return known && !ok
}

// nativeWorks reports whether the native run is known to have succeeded.
func (r *run) nativeWorks() bool {
	ok, known := r.native.worked()
	return known && ok
}
