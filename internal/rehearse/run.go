//go:build linux && amd64

package rehearse

import (
	"context"
	"errors"
	"time"
)

// Run rehearses one program. The error is about the rehearsal; whatever the program
// did, even failing to start, is in the Outcome. When ctx or Spec.Timeout ends, the
// program is killed and Exit.TimedOut is set.
func Run(ctx context.Context, spec Spec) (*Outcome, error) {
	begin := time.Now()
	if spec.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, spec.Timeout)
		defer cancel()
	}
	p, err := newPlan(&spec)
	if err != nil {
		return refused(err)
	}
	var out *Outcome
	for _, w := range ways() {
		out, err = w.run(ctx, &spec, p)
		if !errors.Is(err, ErrUnavailable) {
			if w.rewrite && out != nil {
				out.Incomplete = append([]string{limited()}, out.Incomplete...)
			}
			break
		}
	}
	if err != nil {
		return refused(err)
	}
	out.Setup = time.Since(begin) - out.Elapsed
	return out, nil
}

// refused turns what the guest would not start into an outcome.
func refused(err error) (*Outcome, error) {
	var e *ExecError
	if errors.As(err, &e) {
		return &Outcome{ExecErr: e, Exit: e.exit()}, nil
	}
	return nil, err
}
