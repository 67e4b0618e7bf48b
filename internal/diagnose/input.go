package diagnose

import (
	"github.com/nanodiag/nanodiag/elfdeps"
	"github.com/nanodiag/nanodiag/internal/nanos"
	"github.com/nanodiag/nanodiag/internal/ops"
	"github.com/nanodiag/nanodiag/strace"
	"github.com/nanodiag/nanodiag/tracelog"
)

// Input is everything that is known of one run. Only Guest is required.
type Input struct {
	Guest       *tracelog.Log
	GuestSource string // name of the guest log in evidence
	Engine      string // "ops", "rehearse" or "log": who ran the guest
	Status      *int   // true exit status of the guest; nil when unknown
	TimedOut    bool   // the run was ended by a time limit
	Degraded    bool   // it ended with status 0 and did less than the native run: a failure all the same

	Native       []strace.Event // the native run of the same program; nil when there is none
	NativeSource string         // name of the native log in evidence
	NativeExit   *strace.Exit   // nil: taken from the events, where they tell
	NativeOutput []byte         // what the native run printed; nil when unknown
	NativeEnv    []string       // names of the variables the native run had; nil when unknown

	Program string   // as given to Ops; "" when unknown
	Args    []string // after argv[0], added to those of Config
	Config  *ops.Config
	Table   *nanos.Table
	Version string // Nanos version; "" when unknown: the log's, or the latest

	HostExists func(path string) bool // nil when the host is not at hand
	GuestHas   func(path string) bool // nil when the image's content is unknown
	ProgramHas func(text string) bool // whether the program file contains the text; nil when unknown
	Closure    *elfdeps.Closure       // DT_NEEDED closure of the program; nil when unknown
}
