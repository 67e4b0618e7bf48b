package rehearse

import (
	"fmt"
	"syscall"

	"github.com/nanodiag/nanodiag/strace"
)

// bootFailure is the status that Nanos counts a program with that it cannot start.
const bootFailure = 127

// ExecError says why the guest would not start the program.
type ExecError struct {
	Kind ExecKind
	Path string // the guest path that is missing or wrong, but see the kinds
}

// ExecKind is a way in which a guest fails before the program's first instruction.
type ExecKind uint8

// The ways. Nanos's own words for each are in Error.
const (
	NoProgram       ExecKind = iota // the program is not in the image
	NoInterpreter                   // PT_INTERP names a file that is not in the image
	NotELF                          // the program is a script, or damaged
	WrongMachine                    // the program is for another processor or class
	SpecialFile                     // the image holds a file that the kernel serves itself
	KlibDependency                  // Path is a klib that needs another one, which the image lacks
	TooLittleMemory                 // Path is the guest's memory
)

var execTexts = [...]string{
	NoProgram:       "unable to open program file %s",
	NoInterpreter:   "couldn't find program interpreter %s",
	NotELF:          "failed to parse elf file: %s is no ELF program",
	WrongMachine:    "failed to parse elf file: %s is not for x86-64",
	SpecialFile:     "register_special_files: %s is in the image, but the kernel serves it itself",
	KlibDependency:  "missing dependencies for %s klib",
	TooLittleMemory: "failed to allocate pagecache_page: %s of memory",
}

// exit is how the guest ends. A program that Nanos cannot parse is started all the
// same, at address 0.
func (e *ExecError) exit() strace.Exit {
	if e.Kind == NotELF || e.Kind == WrongMachine {
		return strace.Exit{Signal: syscall.SIGSEGV}
	}
	return strace.Exit{Code: bootFailure}
}

func (e *ExecError) Error() string { return fmt.Sprintf(execTexts[e.Kind], e.Path) }
