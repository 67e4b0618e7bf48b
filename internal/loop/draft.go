package loop

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/nanodiag/nanodiag/bundler"
	"github.com/nanodiag/nanodiag/internal/diagnose"
	"github.com/nanodiag/nanodiag/internal/ops"
)

// draft is the repaired project before anything of the user's is touched: two texts
// of the configuration that differ only in where the bundle lies. The work text
// names the one staged in the run directory, the final text the one that --write
// puts beside the configuration.
type draft struct {
	base      ops.Project
	file      string // absolute path of the configuration that --write changes
	isNew     bool   // there is no such file yet
	original  []byte
	work      []byte
	final     []byte
	patch     []ops.PatchOp // of final, from original
	plan      *bundler.Plan
	bundleDir string          // absolute; of --write
	options   bundler.Options // of the plan; fixes change them
}

func newDraft(p ops.Project, opt bundler.Options) *draft {
	d := &draft{base: p, original: p.Config.Raw, options: opt}
	d.file = p.Config.Source
	if d.file == "" {
		d.file, d.isNew = filepath.Join(newConfigDir(p), "nanodiag.json"), true
	} else if !filepath.IsAbs(d.file) {
		d.file = filepath.Join(p.Cwd, d.file)
	}
	d.work, d.final = d.original, d.original
	d.bundleDir = freeDir(filepath.Join(filepath.Dir(d.file), "bundle"))
	return d
}

// newConfigDir is where a new configuration goes: beside the program, unless that is
// a system directory or not below the working directory.
func newConfigDir(p ops.Project) string {
	dir := filepath.Dir(p.HostProgram())
	if rel, err := filepath.Rel(p.Cwd, dir); err == nil && filepath.IsLocal(rel) {
		return dir
	}
	return p.Cwd
}

// freeDir is dir, or dir-2, dir-3 … where that is taken: an earlier bundle is part of
// the user's image and stays.
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
	if err := plan.Stage(dir); err != nil {
		return fmt.Errorf("stage the bundle: %w", err)
	}
	later := d.patch
	if d.plan != nil {
		later = nil // made against the earlier bundle
	}
	d.plan, d.patch, d.work, d.final = plan, nil, d.original, d.original
	cfg := *d.base.Config
	cfg.Source = d.file
	var err error
	if d.work, err = ops.Patch(d.work, plan.Patch(&cfg, dir)); err != nil {
		return err
	}
	edits := plan.Patch(&cfg, d.bundleDir)
	if d.final, err = ops.Patch(d.final, edits); err != nil {
		return err
	}
	d.patch = edits
	if len(later) > 0 {
		_, err = d.edit(later)
	}
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
	if bad, ok := ops.Refused(issues); ok {
		return p, fmt.Errorf("the repaired configuration: %s", bad)
	}
	p.Config = cfg
	return p, nil
}

// write puts the bundle beside the configuration, and then changes that: a
// configuration never names a bundle that is not there.
func (d *draft) write() error {
	if d.plan != nil {
		if err := d.plan.Stage(d.bundleDir); err != nil {
			return fmt.Errorf("write the bundle: %w", err)
		}
	}
	return d.writeConfig()
}

// writeConfig replaces the configuration, and keeps the old text as FILE.bak.
func (d *draft) writeConfig() error {
	if !d.isNew {
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
	f := d.base.Flags
	f.Config = shortPath(d.base.Cwd, d.file)
	return strings.Join(quoteAll(append([]string{"ops", "run", d.base.Program}, f.Argv()...)), " ")
}

// quoteAll quotes words for a POSIX shell where they need it.
func quoteAll(words []string) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = w
		if w == "" || strings.ContainsAny(w, " \t\n'\"\\$`&|;<>()*?[]#~!{}") {
			out[i] = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
		}
	}
	return out
}
