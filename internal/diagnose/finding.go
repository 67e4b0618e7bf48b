package diagnose

import (
	"github.com/nanodiag/nanodiag/internal/ops"
	"github.com/nanodiag/nanodiag/strace"
)

// Confidence says how far a cause is proven.
type Confidence string

const (
	// Certain: the kernel, the loader or Ops states the cause itself, or a fix of
	// it was seen to work. A log alone gives no more than Likely otherwise.
	Certain Confidence = "certain"
	// Likely: the evidence names one cause and nothing speaks against it.
	Likely Confidence = "likely"
	// Possible: the best guess; the evidence admits others.
	Possible Confidence = "possible"
)

// Evidence is one line of a source that supports a finding.
type Evidence struct {
	Source string `json:"source"` // log name as the caller gave it
	Line   int    `json:"line"`   // 1-based; 0 when the source has no lines
	Text   string `json:"text"`
}

// FileCopy is one file to bring into the image.
type FileCopy struct {
	From string `json:"from"` // host path
	To   string `json:"to"`   // guest path
}

// Fix is what would remove a finding.
type Fix struct {
	Summary     string        `json:"summary"`
	ConfigPatch []ops.PatchOp `json:"config_patch"` // RFC 6902, on the file named by -c
	Files       []FileCopy    `json:"files"`
	Verified    bool          `json:"verified"` // a run with it was seen to work
}

// Finding is one cause with its subject, evidence and remedy.
type Finding struct {
	ID         string     `json:"id"`
	Subject    string     `json:"subject"` // what it is about: a library, path, call, variable …; see design
	Confidence Confidence `json:"confidence"`
	Summary    string     `json:"summary"` // one sentence, lower case, no full stop
	Evidence   []Evidence `json:"evidence"`
	Fix        *Fix       `json:"fix,omitempty"`

	// Fingerprint is equal for failures of one kind in different logs: id, subject
	// and the program's last words without numbers, addresses and times.
	Fingerprint string `json:"fingerprint,omitempty"`

	// Tied: the program's own words, or that it did nothing more, tie the failure to
	// this cause. Without it, a cure that brought several things at once proves none.
	Tied bool `json:"-"`
}

// Suppressed is something that looks like a failure and is none.
type Suppressed struct {
	ID      string `json:"id"` // the id it would have had, or "" for plain noise
	Subject string `json:"subject"`
	Reason  string `json:"reason"`
}

// Outcome of the diagnosed run.
const (
	OutcomeOK      = "ok"
	OutcomeFailed  = "failed"
	OutcomeUnknown = "unknown"
)

// Verdict is the answer for one run.
type Verdict struct {
	Outcome    string
	Exit       *strace.Exit // how the guest's program ended, where the log or the caller tells; else nil
	Cause      Finding      // the first failure, or a none.* id, or unknown
	Findings   []Finding    // the cause first, then what else would stop the program
	Suppressed []Suppressed
	Incomplete []string // what could not be checked, and why
	Advice     []string // what to record or try next
}
