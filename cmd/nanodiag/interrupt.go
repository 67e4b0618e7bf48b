package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"slices"
	"syscall"
)

// signalled is the cause of a context that a signal ended.
type signalled struct{ sig os.Signal }

func (s signalled) Error() string { return s.sig.String() }

// untilSignal returns a context that the first of the signals ends. One that is
// ignored from the start (nohup, a shell's background job) stays so, here and in the
// programs that are run.
func untilSignal(signals ...os.Signal) (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(context.Background())
	came := make(chan os.Signal, 1)
	signals = slices.DeleteFunc(slices.Clone(signals), signal.Ignored)
	if len(signals) > 0 { // none means all
		signal.Notify(came, signals...)
	}
	go func() {
		select {
		case sig := <-came:
			cancel(signalled{sig})
		case <-ctx.Done():
		}
	}()
	return ctx, func() {
		signal.Stop(came)
		cancel(nil)
	}
}

// signalCode is the exit code of a command that a signal ended, as a shell has it: 130
// for Ctrl-C, 143 for SIGTERM, 129 for SIGHUP.
func signalCode(ctx context.Context) exitCode {
	var s signalled
	if errors.As(context.Cause(ctx), &s) {
		if n, ok := s.sig.(syscall.Signal); ok {
			return exitCode(128 + int(n))
		}
	}
	return exitCode(128 + int(syscall.SIGINT))
}

// interruptible runs read, which may wait for ever on a pipe or a terminal, and gives
// up on it when ctx ends. What read goes on doing then ends with the process.
func interruptible[T any](ctx context.Context, read func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		v, err := read()
		done <- result{v, err}
	}()
	select {
	case r := <-done:
		return r.value, r.err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}
