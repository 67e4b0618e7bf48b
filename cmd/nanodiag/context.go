package main

import (
	"maps"
	"os"
	"path/filepath"
	"strings"

	"github.com/nanodiag/nanodiag/internal/loop"
	"github.com/nanodiag/nanodiag/internal/ops"
	"github.com/nanodiag/nanodiag/internal/report"
)

// projectContext tells the formats for CI which file is to be changed, and what they
// must not show.
func projectContext(p ops.Project) report.Context {
	env := maps.Clone(p.Config.Env)
	if env == nil {
		env = map[string]string{}
	}
	for _, e := range p.Flags.Envs {
		name, value, _ := strings.Cut(e, "=")
		env[name] = value
	}
	c := configContext(p.Config)
	c.Secrets = report.Secrets(env, append(append([]string{}, p.Config.Args...), p.Flags.Args...))
	if c.File == "" {
		// Without a configuration, the one that bundle would make beside the program.
		c.File = "nanodiag.json"
		if dir := repositoryPath(filepath.Dir(p.HostProgram())); !filepath.IsAbs(dir) {
			c.File = filepath.Join(dir, c.File)
		}
		c.Line = nil
	}
	return c
}

func configContext(cfg *ops.Config) report.Context {
	c := report.Context{Version: versionString()}
	if cfg != nil && cfg.Source != "" {
		c.File = repositoryPath(cfg.Source)
		c.Line = func(keys ...string) int {
			line, _ := cfg.Place(keys...)
			return line
		}
	}
	return c
}

// repositoryPath is name relative to the root of the repository that the working
// directory is in, as CI names files; or to the working directory outside of one.
func repositoryPath(name string) string {
	cwd, err := os.Getwd()
	if err != nil {
		return name
	}
	root := cwd
	for dir := cwd; ; dir = filepath.Dir(dir) {
		if _, err := os.Lstat(filepath.Join(dir, ".git")); err == nil {
			root = dir
			break
		}
		if dir == filepath.Dir(dir) {
			break
		}
	}
	abs, err := filepath.Abs(name)
	if err != nil {
		return name
	}
	if rel, err := filepath.Rel(root, abs); err == nil && filepath.IsLocal(rel) {
		return rel
	}
	return abs
}

// document is a finished diagnosis for printing.
func document(res *loop.Result, o loop.Options) *report.Document {
	c := projectContext(o.Project)
	c.Attach = func() report.Attachments {
		return attachments(res.Report, o.Project.HostProgram(), o.Project.Cwd, nil, "")
	}
	return &report.Document{Report: res.Report, Context: c}
}
