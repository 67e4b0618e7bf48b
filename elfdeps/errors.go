package elfdeps

import (
	"errors"
	"fmt"
)

// ErrNotELF says that a file is something else than ELF: a script, an empty file,
// Mach-O. The error that wraps it says what the file looks like.
var ErrNotELF = errors.New("not an ELF file")

// ErrNotProgram says that a file is ELF, but of a type no loader starts: a relocatable
// object or a core dump.
var ErrNotProgram = errors.New("not a program or library")

// ErrDirectory says that a path names a directory, in the loader's words.
var ErrDirectory = errors.New("cannot read file data: Is a directory")

// FormatError is damaged ELF or a damaged ld.so.cache.
type FormatError struct {
	Off int64  // byte offset into the file of the datum that is wrong
	Msg string // what is wrong with it
}

func (e *FormatError) Error() string {
	return fmt.Sprintf("damaged file: %s at offset %#x", e.Msg, e.Off)
}

func badf(off uint64, format string, args ...any) error {
	return &FormatError{Off: int64(off), Msg: fmt.Sprintf(format, args...)}
}
