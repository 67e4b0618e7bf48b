//go:build !(linux && amd64)

package rehearse

import (
	"context"
	"fmt"
)

const elsewhere = "a rehearsal needs Linux on x86-64, which Nanos programs are made for"

// Init does nothing on this platform.
func Init() {}

// Run fails with ErrUnavailable on this platform.
func Run(context.Context, Spec) (*Outcome, error) {
	return nil, fmt.Errorf("%w: %s", ErrUnavailable, elsewhere)
}

// LimitsOfStatic is what Static cannot see, as a sentence.
const LimitsOfStatic = "the guest's loader is not modelled on this platform"

// Static fails with ErrUnavailable on this platform.
func Static(Spec) (*Outcome, bool, error) {
	return nil, false, fmt.Errorf("%w: %s", ErrUnavailable, elsewhere)
}

// Available reports that Run cannot work on this platform.
func Available() (ok bool, reason string) { return false, elsewhere }
