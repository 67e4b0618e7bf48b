package main

import (
	"errors"
	"io"
	"os"
	"strings"

	"github.com/nanodiag/nanodiag/internal/report"
	"github.com/spf13/cobra"
)

// outputFlags say in which formats a report is printed, and where to.
type outputFlags struct {
	formats []string
	gate    gateFlags
}

func (f *outputFlags) register(c *cobra.Command) {
	c.Flags().StringSliceVar(&f.formats, "format", nil, "print as `NAME or NAME=FILE`, several with commas: "+report.FormatNames()+" (default text)")
}

// output is where a report goes: standard output, files, or both.
type output struct {
	sinks   []sink
	text    report.TextOptions
	summary *os.File       // GitHub's job summary; nil for none
	gate    report.Context // its FailOn, Ignore and Baseline
}

// sink is one format with its destination.
type sink struct {
	format report.Format
	file   *outFile // nil for standard output
}

// open reads --format and makes sure that every file can be written, before any work
// is done. asJSON is --json. A file among inputs, which the command reads, is refused: the
// report would take its place. The caller closes the output.
func (f *outputFlags) open(asJSON bool, text report.TextOptions, inputs ...string) (*output, error) {
	words := f.formats
	if asJSON {
		words = append(words[:len(words):len(words)], "json")
	}
	if len(words) == 0 {
		words = []string{"text"}
	}
	gate, err := f.gate.read()
	if err != nil {
		return nil, err
	}
	o := &output{text: text, gate: gate}
	alone, sharing := "", ""
	for _, word := range words {
		name, file, toFile := strings.Cut(word, "=")
		format, err := report.FormatNamed(name)
		if err != nil {
			o.close()
			return nil, usagef("--format %w", err)
		}
		s := sink{format: format}
		switch {
		case toFile && file == "":
			o.close()
			return nil, usagef("--format %s: the name of the file is missing; use %s=FILE", word, name)
		case toFile:
			if s.file, err = openOutFile(file); err != nil {
				o.close()
				return nil, usagef("--format %s: %w; name a file that can be written", word, err)
			}
			if input, ok := s.file.among(inputs); ok {
				s.file.discard()
				o.close()
				return nil, usagef("--format %s: the report would replace %s, which is read; name another file", word, input)
			}
		case alone != "" || (!format.Shares && sharing != ""):
			o.close()
			return nil, usagef("%s and %s both go to standard output; give one a file: %s=FILE", alone+sharing, name, name)
		case format.Shares:
			sharing = name
		default:
			alone = name
		}
		o.sinks = append(o.sinks, s)
		if name == "github" {
			if err := o.openSummary(); err != nil {
				o.close()
				return nil, err
			}
		}
	}
	return o, nil
}

// openSummary opens the file that GitHub Actions names for the job summary; other
// steps may have written to it.
func (o *output) openSummary() error {
	name := os.Getenv("GITHUB_STEP_SUMMARY")
	if name == "" || o.summary != nil {
		return nil
	}
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
	if err != nil {
		return usagef("GITHUB_STEP_SUMMARY=%s: %w; unset it, or name a file that can be written", name, errors.Unwrap(err))
	}
	o.summary = f
	return nil
}

// write prints the document in every format. Files appear complete or not at all.
func (o *output) write(stdout io.Writer, d *report.Document) error {
	o.apply(d)
	for _, s := range o.sinks {
		if s.file == nil {
			if err := s.format.Write(stdout, d, o.text); err != nil {
				return err
			}
			continue
		}
		plain := report.TextOptions{All: o.text.All}
		if err := s.file.commit(func(w io.Writer) error { return s.format.Write(w, d, plain) }); err != nil {
			return err
		}
	}
	if o.summary != nil {
		return report.GitHubSummary(o.summary, d)
	}
	return nil
}

// close removes what was opened and not written.
func (o *output) close() {
	if o.summary != nil {
		o.summary.Close()
	}
	for _, s := range o.sinks {
		if s.file != nil {
			s.file.discard()
		}
	}
}
