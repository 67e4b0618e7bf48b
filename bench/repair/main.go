// Command repair measures what diagnose mends: it copies each project, builds it, runs
// nanodiag diagnose on the real kernel in place of its ops run, and prints whether the
// program works in the end.
//
//	go run ./bench/repair [-nanodiag FILE] [-kind PREFIX] [-work DIR] [-run REGEXP] PROJECTS…
//
// Each argument is a directory of projects: directories with a cmd.txt, whose line with
// "ops run" says what the user types and whose line "# native: NAME=value ./prog" says
// what the user's shell has set; a build.sh; and an expect.json, of which fix_kind
// selects projects (-kind) and cause is printed beside the cause found. It needs Ops,
// QEMU, and whatever the builds call.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

const (
	buildLimit = 5 * time.Minute
	runLimit   = 4 * time.Minute
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("repair: ")
	tool := flag.String("nanodiag", "nanodiag", "the nanodiag `FILE` to measure")
	kind := flag.String("kind", "config", "only projects whose fix_kind begins with `PREFIX`")
	under := flag.String("work", "", "build below this `DIR`, where recorded programs name their files by absolute paths; temporary when empty")
	run := flag.String("run", "", "only projects whose name matches `REGEXP`")
	flag.Parse()
	match, err := regexp.Compile(*run)
	if err != nil {
		log.Fatal(err)
	}
	work := *under
	if work == "" {
		if work, err = os.MkdirTemp("", "repair-"); err != nil {
			log.Fatal(err)
		}
		defer os.RemoveAll(work)
	}
	count := map[string]int{}
	fmt.Println("| project | cause, as recorded | cause found | result | runs | seconds |\n|---|---|---|---|---|---|")
	for _, source := range flag.Args() {
		names, _ := filepath.Glob(filepath.Join(source, "*", "cmd.txt"))
		for _, n := range names {
			p, err := read(filepath.Dir(n))
			if err != nil {
				log.Fatal(err)
			}
			if !match.MatchString(p.name) || !strings.HasPrefix(p.kind, *kind) {
				continue
			}
			dir := filepath.Join(work, p.name)
			r := p.mend(*tool, dir)
			if err := os.RemoveAll(dir); err != nil {
				log.Fatal(err)
			}
			count[r.word]++
			fmt.Printf("| %s | %s | %s | %s | %d | %.1f |\n", p.name, p.cause, r.cause, r.text(), r.runs, r.took.Seconds())
		}
	}
	fmt.Printf("\n%d work, %d of these without a fix; %d do not; %d could not be reproduced here\n",
		count["fixed"]+count["works"], count["works"], count["fails"], count["not here"])
}

// project is one recorded failure.
type project struct {
	name, source, cause, kind string
	before                    string
	env, args                 []string
	limit                     string // of a run; "" for diagnose's own
}

var timeoutOf = regexp.MustCompile(`\btimeout (\d+)`)

func read(dir string) (*project, error) {
	p := &project{name: filepath.Base(dir), source: dir}
	b, err := os.ReadFile(filepath.Join(dir, "cmd.txt"))
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(string(b)) {
		line = strings.TrimSpace(line)
		if rest, ok := strings.CutPrefix(line, "# before:"); ok {
			p.before = rest
		} else if rest, ok := strings.CutPrefix(line, "# native:"); ok {
			for _, w := range strings.Fields(rest) {
				if name, _, ok := strings.Cut(w, "="); !ok || strings.ContainsAny(name, "/.-") {
					break
				}
				p.env = append(p.env, w)
			}
		} else if how, rest, ok := strings.Cut(line, "ops run "); ok && !strings.HasPrefix(line, "#") {
			p.args = strings.Fields(rest)
			if m := timeoutOf.FindStringSubmatch(how); m != nil {
				p.limit = m[1] + "s"
			}
		}
	}
	var expect struct {
		Cause string
		Kind  string `json:"fix_kind"`
	}
	if b, err := os.ReadFile(filepath.Join(dir, "expect.json")); err == nil {
		if err := json.Unmarshal(b, &expect); err != nil {
			return nil, fmt.Errorf("%s: %w", dir, err)
		}
	}
	p.cause, p.kind = expect.Cause, expect.Kind
	return p, nil
}

// result is what came of one project.
type result struct {
	word, why, cause string // word: fixed, works, fails, not here
	runs             int
	took             time.Duration
}

func (r result) text() string {
	if r.why == "" {
		return r.word
	}
	return r.word + ": " + strings.ReplaceAll(r.why, "|", "/")
}

func (p *project) mend(tool, dir string) result {
	if err := p.build(dir); err != nil {
		return result{word: "not here", why: err.Error()}
	}
	ctx, cancel := context.WithTimeout(context.Background(), runLimit)
	defer cancel()
	args := []string{"diagnose", "--json", "--quiet", "--engine", "ops"}
	if p.limit != "" {
		args = append(args, "--timeout", p.limit)
	}
	cmd := exec.CommandContext(ctx, tool, append(args, p.args...)...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), p.env...)
	var said bytes.Buffer
	cmd.Stderr = &said
	begin := time.Now()
	out, _ := cmd.Output() // the report tells how it went
	took := time.Since(begin)
	var report struct {
		Outcome string
		Cause   struct {
			ID, Summary string
			Fix         *struct{ Verified bool }
		}
		Remaining *struct{ ID, Summary string }
		Native    *struct{ Exit *struct{ Code *int } }
		Runs      []struct{ Engine string }
	}
	if err := json.Unmarshal(out, &report); err != nil {
		return result{word: "fails", why: lastLine(said.Bytes()), took: took}
	}
	r := result{word: "fails", cause: report.Cause.ID, took: took}
	for _, run := range report.Runs {
		if run.Engine == "ops" {
			r.runs++
		}
	}
	switch {
	case report.Outcome == "ok" && report.Cause.Fix != nil && report.Cause.Fix.Verified:
		r.word = "fixed"
	case report.Outcome == "ok":
		r.word = "works"
	case report.Native != nil && report.Native.Exit != nil && report.Native.Exit.Code != nil && *report.Native.Exit.Code != 0:
		r.word, r.why = "not here", "it fails natively too"
	case report.Remaining != nil:
		r.why = report.Remaining.ID + ", " + report.Remaining.Summary
	default:
		r.why = report.Cause.Summary
	}
	return r
}

func (p *project) build(dir string) error {
	if _, err := os.Lstat(dir); err == nil {
		return fmt.Errorf("%s is there already", dir)
	}
	if err := os.CopyFS(dir, os.DirFS(p.source)); err != nil {
		return fmt.Errorf("copy: %w", err)
	}
	script := "chmod -R u+w . && rm -f nanodiag.json && if [ -f build.sh ]; then bash build.sh; fi"
	if p.before != "" {
		script += "\n" + p.before
	}
	ctx, cancel := context.WithTimeout(context.Background(), buildLimit)
	defer cancel()
	home, _ := os.UserHomeDir()
	cmd := exec.CommandContext(ctx, "bash", "-c", script)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "OPS_HOME="+home)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build: %w: %s", err, lastLine(out))
	}
	return nil
}

func lastLine(b []byte) string {
	lines := strings.Split(strings.TrimSpace(string(b)), "\n")
	return lines[len(lines)-1]
}
