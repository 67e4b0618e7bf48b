package ops

import (
	"cmp"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/nanodiag/nanodiag/internal/nanos"
)

// traceKlibSince is the release whose tracer moved into the strace klib; with an
// older one `ops run --trace` stops the guest at boot.
const traceKlibSince = "0.1.51"

// diagnostic returns the config and the flags of a run whose end can be told: a copy
// of the user's, with the options that make the kernel say more, and without those
// that would hide the end. runDir is where the copy will lie.
func (s RunSpec) diagnostic(in Installation, runDir, image string) (*Config, Flags, error) {
	p := s.Project
	f := p.Flags
	e, _ := p.config().ApplyFlags(f)
	c := p.config().clone()

	// Paths that start at the config's directory must survive the move.
	base, err := p.configDir()
	if err != nil {
		return nil, f, err
	}
	rel, err := filepath.Rel(runDir, base)
	if err != nil {
		return nil, f, err
	}
	c.MapDirs = map[string]string{}
	for k, v := range e.MapDirs {
		if !filepath.IsAbs(k) { // -r is put before absolute keys only, so they stay relative
			k = rel + "/" + k
		}
		c.MapDirs[k] = v
	}
	c.Mounts = map[string]string{}
	for _, v := range Volumes(p) {
		label := v.Label
		if v.Kind == VolumeShare {
			label = v.HostDir
		}
		c.Mounts[label] = e.Mounts[v.Label]
	}
	f.Mounts = nil

	c.Klibs = append(c.Klibs, f.Klibs...)
	if _, set := c.Env["IMAGE_NAME"]; !set { // the program must not see our image's name
		c.Env["IMAGE_NAME"] = e.imageName(p.program(e))
	}
	f.ImageName = image
	c.RunConfig.ImageName = ""

	// An end that loops, hides or waits for somebody is no end.
	c.RebootOnExit = false
	for _, k := range []string{"reboot_on_exit", "idle_on_exit"} {
		delete(c.ManifestPassthrough, k)
	}
	c.RunConfig.Background, c.RunConfig.BackgroundDetach = false, false
	c.RunConfig.AtExit = "" // its status would stand for QEMU's
	c.RunConfig.Debug, f.Debug = false, false
	f.SkipBuild = false
	c.RunConfig.Ports = append(slices.Clone(c.RunConfig.Ports), s.Forward...)

	c.ManifestPassthrough["debug_exit"] = "t"
	klib := in.hasTraceKlib(cmp.Or(f.NanosVersion, p.NanosVersion, in.Nanos), e)
	f.Trace, f.SyscallSummary, f.MissingFiles = false, false, s.Trace || p.Flags.MissingFiles
	if s.Trace {
		setDefault(c.ManifestPassthrough, "log_level", "info") // since 0.1.53; ignored before
		if klib {
			f.Trace = true
		} else {
			c.ManifestPassthrough["trace"] = "t"
			c.ManifestPassthrough["debugsyscalls"] = "t"
		}
	}
	if s.Summary {
		if klib {
			f.SyscallSummary = true
		} else {
			c.ManifestPassthrough["syscall_summary"] = "t"
		}
	}
	for k, v := range s.Passthrough {
		c.ManifestPassthrough[k] = v
	}
	return c, f, nil
}

func setDefault(m map[string]any, key string, v any) {
	if _, ok := m[key]; !ok {
		m[key] = v
	}
}

// configDir is the directory of the config, absolute. The working directory's own
// links are resolved first, because that is where ".." leads the kernel.
func (p Project) configDir() (string, error) {
	dir := p.config().dir()
	if filepath.IsAbs(dir) {
		return dir, nil
	}
	cwd, err := filepath.EvalSymlinks(p.Cwd)
	if err != nil {
		return "", err
	}
	return filepath.Join(cwd, dir), nil
}

// encode writes the config for Ops. The typed form is enough: a file with keys that
// it does not hold never gets here.
func (c *Config) encode() ([]byte, error) {
	b, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return nil, err
	}
	return append(b, '\n'), nil
}

// hasTraceKlib tells whether tracing needs the strace klib: by the release's own
// files where they are at hand, by its number otherwise.
func (in Installation) hasTraceKlib(version string, c *Config) bool {
	dir := c.KlibDir
	if dir == "" && version != "" && in.Home != "" {
		dir = filepath.Join(in.Home, version, "klibs")
	}
	if dir != "" {
		if entries, err := os.ReadDir(dir); err == nil {
			return slices.ContainsFunc(entries, func(e os.DirEntry) bool { return e.Name() == "strace" })
		}
	}
	return version == "" || nanos.Compare(version, traceKlibSince) >= 0
}

// sameText reports whether the config on disk is the one that was parsed, so that
// Ops can be given the user's own file.
func (p Project) sameText() bool {
	if p.Config == nil || p.Config.Source == "" {
		return true
	}
	b, err := os.ReadFile(filepath.Join(p.Cwd, p.Config.Source))
	if filepath.IsAbs(p.Config.Source) {
		b, err = os.ReadFile(p.Config.Source)
	}
	return err == nil && string(b) == string(p.Config.Raw)
}

// environ is Ops's environment: the user's, with its own place for temporary files,
// which Ops leaves behind when it is stopped while it builds.
func (s RunSpec) environ(in Installation, tmp string) []string {
	set := map[string]string{}
	if tmp != "" {
		set["TMPDIR"] = tmp
	}
	if s.Project.Cwd != "" {
		set["PWD"] = s.Project.Cwd
	}
	if filepath.Base(in.Home) == ".ops" {
		set["OPS_HOME"] = filepath.Dir(in.Home)
	}
	out := slices.DeleteFunc(slices.Clone(s.Project.hostEnv()), func(kv string) bool {
		k, _, _ := strings.Cut(kv, "=")
		_, ours := set[k]
		return ours
	})
	for _, k := range slices.Sorted(maps.Keys(set)) {
		out = append(out, k+"="+set[k])
	}
	return out
}
