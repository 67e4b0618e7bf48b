// Package report turns what nanodiag found into what people and tools read: text
// for a terminal, JSON for everything else. A Report is complete before it is
// printed; printers only lay it out, so that every format says the same words.
//
// Data comes in from internal/loop and the commands, and goes out to an io.Writer.
package report

import (
	"github.com/nanodiag/nanodiag/internal/diagnose"
	"github.com/nanodiag/nanodiag/strace"
)

// Schema names of the JSON that is printed. Within a number changes only add.
const (
	SchemaReport    = "nanodiag.report/1"
	SchemaDeps      = "nanodiag.deps/1"
	SchemaDepsList  = "nanodiag.deps-list/1"
	SchemaTrace     = "nanodiag.trace/1"
	SchemaTriage    = "nanodiag.triage/1"
	SchemaDoctor    = "nanodiag.doctor/1"
	SchemaVersion   = "nanodiag.version/1"
	SchemaCause     = "nanodiag.cause/1"
	SchemaCauseList = "nanodiag.cause-list/1"
)

// Report is the verdict on one program or one log.
type Report struct {
	Schema  string `json:"schema"`
	Program string `json:"program,omitempty"`
	Outcome string `json:"outcome"` // ok, failed, unknown: of the last run
	Exit    *Exit  `json:"exit"`    // of the last run; null when it is not known

	Cause      diagnose.Finding      `json:"cause"`    // the first failure, or none.*, or unknown
	Findings   []diagnose.Finding    `json:"findings"` // the cause first
	Suppressed []diagnose.Suppressed `json:"suppressed"`
	Runs       []Run                 `json:"runs"`
	Incomplete []string              `json:"incomplete"` // what was not checked, and why

	Native    *Native           `json:"native,omitempty"`
	Bundle    *Bundle           `json:"bundle,omitempty"`    // what the fix adds to the image
	Config    *Change           `json:"config,omitempty"`    // how the fix changes the configuration
	Checks    []Check           `json:"checks,omitempty"`    // preflight's list
	Repeats   []Repeat          `json:"repeats,omitempty"`   // how often an image worked that ran several times
	Cloud     *Cloud            `json:"cloud,omitempty"`     // the commands for a cloud platform
	Minimised *Minimised        `json:"minimised,omitempty"` // what the bundle was reduced by
	Remaining *diagnose.Finding `json:"remaining,omitempty"` // what still stops the program after the fix
	Advice    []string          `json:"advice,omitempty"`    // what to record next when nothing decides
	Accepted  []Accepted        `json:"accepted,omitempty"`  // found, and ignored or known; fails nothing

	RunDir string `json:"run_directory,omitempty"`
	Next   string `json:"next,omitempty"` // the command to type now
}

// Exit is how a program ended: by a code or by a signal.
type Exit struct {
	Code   *int   `json:"code,omitempty"`
	Signal string `json:"signal,omitempty"` // "SIGSEGV"
}

// Run is one run of the program: natively, in the guest, or rehearsed.
type Run struct {
	Engine  string  `json:"engine"` // native, ops, rehearse
	Round   int     `json:"round"`
	Outcome string  `json:"outcome"`
	Exit    *Exit   `json:"exit,omitempty"`
	Seconds float64 `json:"seconds"`
	Traced  bool    `json:"traced"`
	Log     string  `json:"log"`
}

// Native is what the run on this host showed.
type Native struct {
	Exit      *Exit  `json:"exit"`
	Libraries int    `json:"libraries"` // ELF files that it mapped
	Needed    int    `json:"needed"`    // of these, in the DT_NEEDED closure
	Files     int    `json:"files"`
	PeakRSS   int64  `json:"peak_rss_bytes"`
	Log       string `json:"log,omitempty"`
}

// Bundle lists what the fix adds to the image.
type Bundle struct {
	Dir     string        `json:"dir"`
	Size    int64         `json:"size"` // bytes
	Entries []BundleEntry `json:"entries"`
	Dropped []Dropped     `json:"dropped"` // used natively, and not bundled on purpose

	// Unasked are the paths, of the entries, that the passing run never asked for.
	Unasked []string `json:"unasked,omitempty"`
	// Families that the program belongs to: what other inputs may load.
	Families []Family `json:"families,omitempty"`
}

// Family is a kind of program (python, gconv …), and what its other members would add.
type Family struct {
	Name     string `json:"name"` // as --include-family takes it
	What     string `json:"what"`
	Sign     string `json:"sign,omitempty"` // a path that the native run used and that shows it
	Included bool   `json:"included"`
	Files    int    `json:"files"` // that it would add; 0 when included
	Size     int64  `json:"size"`  // their bytes
}

// Minimised says what a bundle was reduced by.
type Minimised struct {
	Runs    int   `json:"runs"`    // that it took
	Entries int   `json:"entries"` // that proved unneeded, and are gone
	Size    int64 `json:"size"`    // of these, bytes
	Stopped bool  `json:"stopped"` // at the most runs that are spent on it; more may be unneeded
}

// Cloud is how to run the project on a cloud platform.
type Cloud struct {
	Platform string   `json:"platform"`
	Commands []string `json:"commands"` // in order; values of variables are hidden
	Lacks    []string `json:"lacks"`    // keys that the configuration needs for it
}

// BundleEntry is one file, link or directory that the fix adds.
type BundleEntry struct {
	To      string `json:"to"`             // path in the guest
	From    string `json:"from,omitempty"` // host file; empty for what was generated
	Link    string `json:"link,omitempty"` // target of a symlink
	Kind    string `json:"kind"`           // library, cache, data, dir, link
	Size    int64  `json:"size"`           // bytes
	Why     string `json:"why"`
	AskedBy string `json:"asked_by,omitempty"`
	AskedAs string `json:"asked_as,omitempty"`
	Family  string `json:"family,omitempty"`  // of what only other inputs need
	Package string `json:"package,omitempty"` // that owns the host file, with its version: "libgomp1 12.2.0-14"
}

// Dropped is something that the native run used and the bundle leaves out.
type Dropped struct {
	Path   string `json:"path"`
	Reason string `json:"reason"`
}

// Change is an edit of a configuration file.
type Change struct {
	File    string `json:"file"`
	New     bool   `json:"new"`     // the file does not exist yet
	Diff    string `json:"diff"`    // unified diff
	Written bool   `json:"written"` // with --write
}

// Check is one line of a preflight.
type Check struct {
	Status string   `json:"status"` // ok, warn, FAIL, skip
	Name   string   `json:"name"`
	Text   string   `json:"text"`
	ID     string   `json:"id,omitempty"` // cause id of a warning or failure
	Detail []string `json:"detail,omitempty"`
}

// NewExit turns a native exit into the report's form; nil when it is not known.
func NewExit(e strace.Exit) *Exit {
	if e.Unknown {
		return nil
	}
	if e.Signal != 0 {
		return &Exit{Signal: signalName(e.Signal)}
	}
	code := e.Code
	return &Exit{Code: &code}
}
