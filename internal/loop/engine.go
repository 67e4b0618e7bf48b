package loop

import (
	"context"
	"errors"
	"time"

	"github.com/nanodiag/nanodiag/internal/ops"
	"github.com/nanodiag/nanodiag/internal/report"
	"github.com/nanodiag/nanodiag/tracelog"
)

// engine runs an image, or what stands for it.
type engine interface {
	name() string
	run(ctx context.Context, spec runSpec) (*guestRun, error)
}

// runSpec is one run of one image.
type runSpec struct {
	project ops.Project // with the configuration of this round
	traced  bool
	limit   time.Duration
	proof   Proof  // ends the run
	ports   []int  // of the guest, to be tried
	log     string // where the log goes, absolute
}

// guestRun is what a run of the image showed.
type guestRun struct {
	log        *tracelog.Log
	source     string // base name of the log, as evidence cites it
	exit       *report.Exit
	status     *int // the guest's true exit status, or signal number; nil when unknown
	timedOut   bool
	started    bool         // a guest came up
	proven     bool         // the proof was seen, and ended the run
	open       map[int]bool // ports that accepted a connection
	elapsed    time.Duration
	incomplete []string
}

// errNoEngine says why neither engine can be used here.
var errNoEngine = errors.New("no engine")
