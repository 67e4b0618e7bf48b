package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path"
	"strings"

	"github.com/nanodiag/nanodiag/internal/report"
)

// verdict is what one engine said of a project.
type verdict struct {
	ran                          bool // the program, not only a check of the configuration
	outcome, exit, cause, broken string
}

// verdict runs preflight, which ends after the first run of the image.
func (p *project) verdict(ctx context.Context, tool, dir, engine string) verdict {
	args := []string{"preflight", "--json", "--quiet", "--engine", engine, "--run-dir", ".agreement", "--timeout", p.limit.String()}
	args = append(args, p.args...)
	ctx, cancel := context.WithTimeout(ctx, 4*p.limit+buildLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, tool, args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), p.env...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var r report.Report
	if jsonErr := json.Unmarshal(stdout.Bytes(), &r); jsonErr != nil {
		return verdict{broken: fmt.Sprintf("no report (%v): %s", err, lastLine(stderr.Bytes()))}
	}
	v := verdict{outcome: r.Outcome, exit: "unknown", cause: strings.TrimSpace(r.Cause.ID + " " + path.Base(r.Cause.Subject))}
	if r.Cause.Subject == "" {
		v.cause = r.Cause.ID
	}
	if r.Exit != nil {
		v.exit = r.Exit.Words()
	}
	for _, run := range r.Runs {
		// What Ops itself refuses runs nothing.
		v.ran = v.ran || run.Engine == engine && !strings.HasPrefix(r.Cause.ID, "ops.")
	}
	return v
}

// differences names what the engines disagree on.
func differences(a, b verdict) []string {
	var out []string
	for _, d := range []struct{ what, a, b string }{
		{"report", a.broken, b.broken}, {"outcome", a.outcome, b.outcome}, {"exit", a.exit, b.exit}, {"cause", a.cause, b.cause},
	} {
		if d.a != d.b {
			out = append(out, d.what)
		}
	}
	return out
}
