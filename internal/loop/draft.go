package loop

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/nanodiag/nanodiag/bundler"
	"github.com/nanodiag/nanodiag/internal/diagnose"
	"github.com/nanodiag/nanodiag/internal/ops"
	"golang.org/x/sys/unix"
)

// draft is the repaired project before anything of the user's is touched: two texts
// of the configuration that differ only in where the bundle lies. The work text
// names the one staged in the run directory, the final text the one that --write
// puts beside the configuration.
type draft struct {
	base      ops.Project
	file      string        // absolute path of the configuration that --write changes
	isNew     bool          // there is no such file yet
	original  []byte        // as the user wrote it
	start     []byte        // the same, mended: what fixes are applied to
	mends     []ops.PatchOp // what makes start of original
	work      []byte
	final     []byte
	patch     []ops.PatchOp   // of final, from original
	edits     []ops.PatchOp   // of patch, those that do not bring the bundle
	plan      *bundler.Plan   // what is added
	staged    *bundler.Plan   // the same, with what an earlier bundle holds
	bundleDir string          // absolute; of --write
	applied   map[string]bool // summaries of the causes' fixes among edits: none is made twice
	earlier   string          // MapDirs key of a bundle that an earlier --write made; "" none
	options   bundler.Options // of the plan; fixes change them
	tried     map[string]bool // fixes that are made once
}

func newDraft(p ops.Project, opt bundler.Options) *draft {
	d := &draft{base: p, original: p.Config.Raw, options: opt, tried: map[string]bool{}}
	d.file = p.Config.Source
	if d.file == "" {
		d.file, d.isNew = freeConfig(p), true
	} else if !filepath.IsAbs(d.file) {
		d.file = filepath.Join(p.Cwd, d.file)
	}
	d.start, d.work, d.final = d.original, d.original, d.original
	d.bundleDir, d.earlier = earlierBundle(p)
	if d.earlier == "" {
		d.bundleDir = freeDir(filepath.Join(filepath.Dir(d.file), "bundle"))
	}
	return d
}

// freeConfig is the name of a new configuration, always in the working directory: the
// program's may be another system's root, or not the user's. One that is there belongs
// to another program, or to an earlier run of this one that was not named with -c.
func freeConfig(p ops.Project) string {
	dir, name := p.Cwd, filepath.Base(p.HostProgram())
	for i := 0; ; i++ {
		file := filepath.Join(dir, "nanodiag.json")
		switch {
		case i == 1:
			file = filepath.Join(dir, "nanodiag-"+name+".json")
		case i > 1:
			file = filepath.Join(dir, fmt.Sprintf("nanodiag-%s-%d.json", name, i))
		}
		if _, err := os.Lstat(file); errors.Is(err, fs.ErrNotExist) {
			return file
		}
	}
}

// earlierBundle finds a bundle that the configuration brings along already.
func earlierBundle(p ops.Project) (dir, key string) {
	base := filepath.Dir(p.Config.Source)
	if !filepath.IsAbs(base) {
		base = filepath.Join(p.Cwd, base)
	}
	for _, key := range slices.Sorted(maps.Keys(p.Config.MapDirs)) {
		dir := filepath.Join(base, filepath.Dir(key))
		if p.Config.MapDirs[key] == "/" && filepath.Base(key) == "*" && bundler.Made(dir) {
			return dir, key
		}
	}
	return "", ""
}

// without is a configuration that lacks one MapDirs entry.
func without(c *ops.Config, key string) *ops.Config {
	bare := *c
	bare.MapDirs = maps.Clone(c.MapDirs)
	delete(bare.MapDirs, key)
	return &bare
}

// freeDir is dir, or dir-2, dir-3 … where that is taken by something else.
func freeDir(dir string) string {
	for i := 1; ; i++ {
		name := dir
		if i > 1 {
			name = fmt.Sprintf("%s-%d", dir, i)
		}
		if _, err := os.Lstat(name); errors.Is(err, fs.ErrNotExist) {
			return name
		}
	}
}

// setBundle stages the plan in dir and makes the configuration bring it along. It
// starts over from the original: a bundle replaces an earlier one of the same draft.
func (d *draft) setBundle(plan *bundler.Plan, dir string) error {
	cfg := *d.base.Config
	cfg.Source = d.file
	var without []ops.PatchOp
	staged := plan
	if d.earlier != "" {
		// One directory for both: see Plan.With.
		var err error
		if staged, err = plan.With(d.bundleDir); err != nil {
			return err
		}
		if dir != d.bundleDir {
			ptr, _ := cfg.Pointer("MapDirs", d.earlier)
			without = []ops.PatchOp{{Op: "remove", Path: ptr}}
		}
	}
	if err := staged.Stage(dir); err != nil {
		return fmt.Errorf("stage the bundle: %w", err)
	}
	later := d.edits
	if d.plan != nil {
		later = nil // made against the earlier plan
		clear(d.applied)
	}
	d.edits = nil
	d.plan, d.staged = plan, staged
	var err error
	if d.work, err = ops.Patch(d.start, append(staged.Patch(&cfg, dir), without...)); err != nil {
		return err
	}
	bundle := staged.Patch(&cfg, d.bundleDir)
	d.patch = append(slices.Clone(d.mends), bundle...)
	if d.final, err = ops.Patch(d.start, bundle); err != nil {
		return err
	}
	if len(later) > 0 {
		_, err = d.edit(later)
	}
	return err
}

// shrink stages a smaller plan in dir, and keeps the other edits.
func (d *draft) shrink(plan *bundler.Plan, dir string) error {
	edits := d.edits
	if err := d.setBundle(plan, dir); err != nil || len(edits) == 0 {
		return err
	}
	d.edits = nil
	_, err := d.edit(edits)
	return err
}

// edit applies ops to both texts; changed is false when they were there already.
func (d *draft) edit(edits []ops.PatchOp) (changed bool, err error) {
	work, err := ops.Patch(d.work, edits)
	if err != nil {
		return false, err
	}
	final, err := ops.Patch(d.final, edits)
	if err != nil {
		return false, err
	}
	changed = !bytes.Equal(work, d.work)
	d.work, d.final = work, final
	if changed {
		d.patch = append(d.patch, edits...)
		d.edits = append(d.edits, edits...)
	}
	return changed, nil
}

// project is the user's project with the work text as its configuration.
func (d *draft) project() (ops.Project, error) {
	p := d.base
	cfg, issues, err := ops.ParseConfig(d.file, d.work)
	if err != nil {
		return p, fmt.Errorf("the repaired configuration: %w", err)
	}
	cfg.InheritDefaults(d.base.Config)
	if bad, ok := ops.Refused(issues); ok {
		return p, fmt.Errorf("the repaired configuration: %s", bad)
	}
	p.Config = cfg
	p.Flags = d.flags()
	return p, nil
}

// flags are the user's, without those that would override what the fix changed.
func (d *draft) flags() ops.Flags {
	f := d.base.Flags
	for _, op := range d.patch {
		if strings.EqualFold(path.Base(op.Path), "Memory") || strings.EqualFold(op.Path, "/RunConfig") {
			f.Memory = ""
		}
	}
	return f
}

// errChanged says that the project is no longer the one that was diagnosed.
var errChanged = errors.New("changed while it was diagnosed")

// write puts the bundle beside the configuration, and then changes that: a
// configuration never names a bundle that is not there. Of several diagnoses of one
// project the first writes, and the others find it changed.
func (d *draft) write() error {
	unlock, err := lockDir(filepath.Dir(d.file))
	if err != nil {
		return err
	}
	defer unlock()
	if err := d.unchanged(); err != nil {
		return err
	}
	if d.plan != nil {
		if err := d.staged.Stage(d.bundleDir); err != nil {
			return fmt.Errorf("write the bundle: %w", err)
		}
	}
	return d.writeConfig()
}

// unchanged reports whether the configuration is as it was read, and the place of the
// bundle as it was found.
func (d *draft) unchanged() error {
	now, err := os.ReadFile(d.file)
	switch {
	case errors.Is(err, fs.ErrNotExist) && d.isNew:
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("write the fix: %w", err)
	case err != nil || d.isNew || !bytes.Equal(now, d.original):
		return fmt.Errorf("%s was %w; nothing was written, run nanodiag again", d.file, errChanged)
	}
	if _, err := os.Lstat(d.bundleDir); d.plan != nil && d.earlier == "" && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s was %w; nothing was written, run nanodiag again", d.bundleDir, errChanged)
	}
	return nil
}

// lockDir keeps other diagnoses from writing into dir until unlock is called, or this
// process ends.
func lockDir(dir string) (unlock func(), err error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, fmt.Errorf("write the fix: %w", err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX); err != nil {
		f.Close()
		return nil, fmt.Errorf("write the fix: lock %s: %w", dir, err)
	}
	return func() { f.Close() }, nil
}

// writeConfig replaces the configuration, and keeps the old text as FILE.bak.
func (d *draft) writeConfig() error {
	if !d.isNew {
		if info, err := os.Lstat(d.file + ".bak"); err == nil && info.Mode()&fs.ModeSymlink != 0 {
			_ = os.Remove(d.file + ".bak") // the copy is not for what it leads to
		}
		if err := ops.WriteFile(d.file+".bak", d.original); err != nil {
			return err
		}
	}
	return ops.WriteFile(d.file, d.final)
}

// files lists what is copied from the host.
func (d *draft) files() []diagnose.FileCopy {
	out := []diagnose.FileCopy{}
	if d.plan == nil {
		return out
	}
	for _, e := range d.plan.Entries {
		if e.From != "" {
			out = append(out, diagnose.FileCopy{From: e.From, To: e.To})
		}
	}
	return out
}

// opsCommand is how to run the repaired project.
func (d *draft) opsCommand() string {
	f := d.flags()
	f.Config = shortPath(d.base.Cwd, d.file)
	return commandLine(append([]string{"ops", "run", d.base.Program}, f.Argv()...))
}
