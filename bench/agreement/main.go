// Command agreement measures how far a rehearsal says what the real kernel says: it
// runs nanodiag preflight twice on each project, with --engine ops and with --engine
// rehearse, and compares the outcome, the program's exit, and the cause with its
// subject.
//
//	go run ./bench/agreement [-nanodiag FILE] [-work DIR] [-md] [-v] PROJECTS…
//
// Each argument is one of
//   - a directory of projects: every directory in it with a cmd.txt (see project.go)
//     is copied, built there and run;
//   - a directory of C programs, each compiled alone and run without arguments;
//   - a JSON file that lists installed programs, as testdata/real/programs.json does.
//
// It needs Ops, QEMU, and whatever the projects' build.sh call. Those that Ops
// refuses to start ran no program and do not count. It ends with status 1 when less
// than 95 % agree.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"time"
)

// goal is the share of programs on which the engines must agree.
const goal = 0.95

func main() {
	log.SetFlags(0)
	log.SetPrefix("agreement: ")
	tool := flag.String("nanodiag", "", "the nanodiag `FILE` to measure; built from this module when empty")
	work := flag.String("work", "", "build and run in this `DIR`; a temporary one when empty")
	only := flag.String("run", "", "only projects whose name matches this `REGEXP`")
	md := flag.Bool("md", false, "print the table in Markdown")
	all := flag.Bool("v", false, "print every project, not only those that differ")
	limit := flag.Duration("timeout", 20*time.Second, "limit of each run for which the project names none")
	flag.Parse()
	ok, err := measure(*tool, *work, *only, *limit, table{all: *all, markdown: *md}, flag.Args())
	if err != nil {
		log.Fatal(err)
	}
	if !ok {
		os.Exit(1)
	}
}

func measure(tool, work, only string, limit time.Duration, t table, sources []string) (bool, error) {
	if len(sources) == 0 {
		return false, errors.New("name a directory of projects, of C programs, or a JSON list; see go doc ./bench/agreement")
	}
	match, err := regexp.Compile(only)
	if err != nil {
		return false, fmt.Errorf("-run: %w", err)
	}
	if work == "" {
		if work, err = os.MkdirTemp("", "agreement-"); err != nil {
			return false, err
		}
		defer os.RemoveAll(work)
	}
	if tool, err = findTool(tool, work); err != nil {
		return false, err
	}
	ctx := context.Background()
	for _, s := range sources {
		projects, err := readProjects(s)
		if err != nil {
			return false, err
		}
		for _, p := range projects {
			if !match.MatchString(p.name) {
				continue
			}
			if p.limit == 0 {
				p.limit = limit
			}
			dir := filepath.Join(work, p.name)
			if err := p.prepare(ctx, dir); err != nil {
				t.skip(p.name, err.Error())
				continue
			}
			t.add(p.name, p.verdict(ctx, tool, dir, "ops"), p.verdict(ctx, tool, dir, "rehearse"))
		}
	}
	return t.print(os.Stdout) >= goal, nil
}

// findTool returns the absolute path of nanodiag, built where none is given.
func findTool(name, work string) (string, error) {
	if name != "" {
		return filepath.Abs(name)
	}
	name = filepath.Join(work, "nanodiag")
	if out, err := exec.Command("go", "build", "-o", name, "github.com/nanodiag/nanodiag/cmd/nanodiag").CombinedOutput(); err != nil {
		return "", fmt.Errorf("build nanodiag: %w: %s", err, out)
	}
	return filepath.Abs(name)
}
