package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// project is one program with what is typed to run it.
type project struct {
	name   string
	source string   // directory that is copied; "" for none
	build  []string // run in the copy
	before string   // shell commands that precede the run: creating volumes
	env    []string // of the native run
	args   []string // what follows ops run
	limit  time.Duration
}

// readProjects reads one argument of the command line.
func readProjects(source string) ([]project, error) {
	abs, err := filepath.Abs(source)
	if err != nil {
		return nil, err
	}
	if strings.HasSuffix(abs, ".json") {
		return readList(abs)
	}
	var out []project
	cmds, _ := filepath.Glob(filepath.Join(abs, "*", "cmd.txt"))
	for _, c := range cmds {
		b, err := os.ReadFile(c)
		if err != nil {
			return nil, err
		}
		p, ok := parseCommand(string(b))
		if !ok {
			return nil, fmt.Errorf("%s: no line with \"ops run\"", c)
		}
		p.source = filepath.Dir(c)
		p.name = filepath.Base(p.source)
		if _, err := os.Stat(filepath.Join(p.source, "build.sh")); err == nil {
			p.build = []string{"bash", "build.sh"}
		}
		out = append(out, p)
	}
	sources, _ := filepath.Glob(filepath.Join(abs, "*.c"))
	for _, c := range sources {
		name := strings.TrimSuffix(filepath.Base(c), ".c")
		out = append(out, project{
			name: name, args: []string{"./" + name},
			build: []string{"gcc", "-w", "-g", "-O1", "-o", name, c, "-lpthread", "-ldl", "-lm", "-lrt"},
		})
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%s: neither projects with a cmd.txt nor C programs are in it", source)
	}
	return out, nil
}

// parseCommand reads a cmd.txt:
//
//	# before: ops volume create params -s 10m -d vol
//	VAR=x timeout 20 ops run ./prog -c config.json --mounts params:/params
//	# native: KEY=abc ./prog
//
// The variables of the last line are what the user's shell has.
func parseCommand(text string) (project, bool) {
	var p project
	found := false
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if rest, ok := strings.CutPrefix(line, "# before:"); ok {
			p.before = rest
			continue
		}
		if rest, ok := strings.CutPrefix(line, "# native:"); ok {
			p.env = assignments(strings.Fields(rest))
			continue
		}
		how, rest, ok := strings.Cut(line, "ops run ")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		p.args, found = strings.Fields(rest), true
		if m := timeoutOf.FindStringSubmatch(how); m != nil {
			p.limit, _ = time.ParseDuration(m[1] + "s")
		}
	}
	return p, found
}

var timeoutOf = regexp.MustCompile(`\btimeout (\d+)`)

// assignments returns the leading NAME=value words.
func assignments(words []string) []string {
	for i, w := range words {
		if name, _, ok := strings.Cut(w, "="); !ok || strings.ContainsAny(name, "/.-") {
			return words[:i]
		}
	}
	return words
}

// readList reads a JSON list of installed programs, or an object that holds one as
// "programs". "$IN" stands for the directory "in" beside the file, and "$CACHE" for
// nanodiag-real in the user's cache directory.
func readList(name string) ([]project, error) {
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	b = bytes.ReplaceAll(b, []byte("$IN"), []byte(filepath.Join(filepath.Dir(name), "in")))
	if cache, err := os.UserCacheDir(); err == nil {
		b = bytes.ReplaceAll(b, []byte("$CACHE"), []byte(filepath.Join(cache, "nanodiag-real")))
	}
	type program struct {
		Name  string
		Argv  []string
		Flags []string // what ends a server
		Env   map[string]string
	}
	var list []program
	if bytes.HasPrefix(bytes.TrimSpace(b), []byte("{")) {
		var o struct{ Programs []program }
		err = json.Unmarshal(b, &o)
		list = o.Programs
	} else {
		err = json.Unmarshal(b, &list)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	var out []project
	for _, l := range list {
		if len(l.Argv) == 0 {
			continue
		}
		p := project{name: l.Name, args: append([]string{l.Argv[0]}, l.Flags...), limit: 90 * time.Second}
		for k, v := range l.Env {
			p.args = append(p.args, "-e", k+"="+v)
		}
		p.args = append(append(p.args, "--"), l.Argv[1:]...)
		out = append(out, p)
	}
	return out, nil
}

// buildLimit bounds one build.
const buildLimit = 5 * time.Minute

// prepare copies the project to dir and builds it.
func (p *project) prepare(ctx context.Context, dir string) error {
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if p.source != "" {
		if err := os.CopyFS(dir, os.DirFS(p.source)); err != nil {
			return fmt.Errorf("copy: %w", err)
		}
		err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.Type()&fs.ModeSymlink != 0 {
				return err
			}
			info, err := d.Info()
			if err != nil {
				return err
			}
			return os.Chmod(name, info.Mode().Perm()|0o200) // the source may be read-only
		})
		if err != nil {
			return err
		}
	}
	if len(p.args) > 0 && !strings.HasPrefix(p.args[0], "-") && filepath.IsAbs(p.args[0]) {
		if _, err := os.Stat(p.args[0]); errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s is not installed", p.args[0])
		}
	}
	ctx, cancel := context.WithTimeout(ctx, buildLimit)
	defer cancel()
	for _, argv := range [][]string{p.build, {"bash", "-c", p.before}} {
		if len(argv) == 0 || argv[len(argv)-1] == "" {
			continue
		}
		cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "OPS_HOME="+opsParent())
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("build: %w: %s", err, lastLine(out))
		}
	}
	return nil
}

// opsParent is the directory that holds .ops.
func opsParent() string {
	if h := os.Getenv("OPS_HOME"); h != "" {
		return h
	}
	h, _ := os.UserHomeDir()
	return h
}

func lastLine(b []byte) string {
	lines := strings.Split(strings.TrimSpace(string(b)), "\n")
	return lines[len(lines)-1]
}
