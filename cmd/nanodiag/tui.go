package main

// All talk to the terminal that is not a report goes through this file.
//
//   - Reports go to standard output, everything here to standard error.
//   - An error is one line: "nanodiag: " and a sentence without capital or full
//     stop that names the file, what is wrong, and what to do next.
//   - Progress is one rewritten line on a terminal that can (not TERM=dumb), one
//     line per finished step elsewhere, nothing with --quiet.
//   - Control characters that came from a program or a log never reach the
//     terminal as such.

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/nanodiag/nanodiag/internal/report"
	"golang.org/x/sys/unix"
)

// isTerminal reports whether f is a terminal.
func isTerminal(f *os.File) bool {
	_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	return err == nil
}

// width returns the columns of the terminal f, or the report's default.
func width(f *os.File) int {
	if ws, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ); err == nil && ws.Col > 20 {
		return min(int(ws.Col), report.DefaultWidth)
	}
	return report.DefaultWidth
}

// colour reports whether reports on f are coloured: a terminal, and neither
// NO_COLOR (no-color.org) nor CI is set; CLICOLOR_FORCE overrides.
func colour(f *os.File) bool {
	if v := os.Getenv("CLICOLOR_FORCE"); v != "" && v != "0" {
		return true
	}
	return os.Getenv("NO_COLOR") == "" && os.Getenv("CI") == "" && os.Getenv("TERM") != "dumb" && isTerminal(f)
}

func printError(w io.Writer, err error) {
	text := strings.TrimSpace(strings.ReplaceAll(err.Error(), "\n", "; "))
	if text != "" {
		fmt.Fprintf(w, "nanodiag: %s\n", report.Escape(text))
	}
}

// progress tells on standard error what is being done. It implements
// loop.Progress.
type progress struct {
	w        io.Writer
	terminal bool // rewrites its line
	quiet    bool
	started  time.Time
	name     string
}

func newProgress(f *os.File, quiet bool) *progress {
	// A dumb terminal cannot rewrite a line.
	rewrites := isTerminal(f) && os.Getenv("CI") == "" && os.Getenv("TERM") != "dumb"
	return &progress{w: f, terminal: rewrites, quiet: quiet}
}

// Start announces a step that may take a while.
func (p *progress) Start(name string) {
	p.name, p.started = name, time.Now()
	if p.terminal && !p.quiet {
		fmt.Fprintf(p.w, "\r\x1b[K%-9s ...", name)
	}
}

// Hint says something while a step is under way.
func (p *progress) Hint(text string) {
	if p.quiet {
		return
	}
	if p.terminal {
		fmt.Fprintf(p.w, "\r\x1b[K%s\n%-9s ...", report.Escape(text), p.name)
		return
	}
	fmt.Fprintln(p.w, report.Escape(text))
}

// Done says what came of the step that was started last.
func (p *progress) Done(format string, args ...any) {
	if p.quiet {
		return
	}
	line := fmt.Sprintf("%-9s ... %s", p.name, report.Escape(fmt.Sprintf(format, args...)))
	if p.terminal {
		fmt.Fprintf(p.w, "\r\x1b[K%s\n", line)
		return
	}
	fmt.Fprintln(p.w, line)
}
