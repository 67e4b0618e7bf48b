package bundler

import (
	"maps"
	"path/filepath"
	"slices"

	"github.com/nanodiag/nanodiag/internal/ops"
)

// Patch returns the change to cfg that brings a staged plan into the image:
// MapDirs {"<stageDir>/*": "/"}, with stageDir relative to the config file as Ops
// reads it, and the variables of Plan.Env. Nothing else of cfg changes; an entry
// that is there already gives no operation. cfg may be nil: a new file.
func (p *Plan) Patch(cfg *ops.Config, stageDir string) []ops.PatchOp {
	if cfg == nil {
		cfg = &ops.Config{}
	}
	var patch []ops.PatchOp
	if len(p.Entries) > 0 {
		key := mapKey(cfg, stageDir)
		if cfg.MapDirs[key] != "/" {
			patch = set(patch, cfg, "MapDirs", len(cfg.MapDirs) > 0, map[string]string{key: "/"})
		}
	}
	changed := map[string]string{}
	for name, value := range p.Env {
		if cfg.Env[name] != value {
			changed[name] = value
		}
	}
	if len(changed) > 0 {
		patch = set(patch, cfg, "Env", len(cfg.Env) > 0, changed)
	}
	return patch
}

// set adds values to the object under key, or makes it.
func set(patch []ops.PatchOp, cfg *ops.Config, key string, exists bool, values map[string]string) []ops.PatchOp {
	ptr, _ := cfg.Pointer(key)
	if !exists { // not there, empty, or null
		return append(patch, ops.PatchOp{Op: "add", Path: ptr, Value: values})
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		ptr, _ := cfg.Pointer(key, name)
		patch = append(patch, ops.PatchOp{Op: "add", Path: ptr, Value: values[name]})
	}
	return patch
}

// mapKey is the MapDirs key of a staged tree. Ops starts from the directory of the
// config file, and wants a directory part.
func mapKey(cfg *ops.Config, stageDir string) string {
	dir := stageDir
	if filepath.IsAbs(dir) {
		base, err := filepath.Abs(filepath.Dir(cfg.Source))
		if err == nil {
			if r, err := filepath.Rel(base, dir); err == nil {
				dir = r
			}
		}
	}
	return filepath.ToSlash(filepath.Join(dir, "*"))
}
