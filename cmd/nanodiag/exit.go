package main

import (
	"errors"
	"fmt"
)

// exitCode is nanodiag's own exit status. The values are a contract: CI jobs
// branch on them.
type exitCode int

const (
	exitClean    exitCode = 0   // the program worked, or nothing was found at --fail-on level
	exitFindings exitCode = 1   // a cause was found; with diagnose also: repaired, but not written back
	exitUsage    exitCode = 2   // wrong usage or unreadable input
	exitUnable   exitCode = 3   // nanodiag could not do its work: ptrace refused, no engine, disk full
	exitNative   exitCode = 4   // the program fails natively too, so the unikernel is not the cause
	exitTimeout  exitCode = 124 // time limit with nothing else to say
)

// statusError carries the exit code that an error ends the command with. An error
// with no code is a failure of nanodiag itself: exitUnable.
type statusError struct {
	code exitCode
	err  error
}

func (e *statusError) Error() string { return e.err.Error() }
func (e *statusError) Unwrap() error { return e.err }

// usagef is an error that the user mends on the command line or in an input file.
func usagef(format string, args ...any) error {
	return &statusError{exitUsage, fmt.Errorf(format, args...)}
}

// errSilent ends a command with a code and no message: the report said it all.
var errSilent = errors.New("")

func exitWith(code exitCode) error {
	if code == exitClean {
		return nil
	}
	return &statusError{code, errSilent}
}
