package loop

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/nanodiag/nanodiag/internal/native"
	"github.com/nanodiag/nanodiag/internal/ops"
	"github.com/nanodiag/nanodiag/internal/report"
)

// maxLackingEnv bounds how many variables are brought where none is named.
const maxLackingEnv = 8

// lackingEnv sets the variables that the native run had and the guest has not, where
// their want is the cause: the one that the cause names, or those whose names the
// program holds. Their values stay out of the report.
func (s *session) lackingEnv(d *draft, last *round) (note string, err error) {
	c := last.verdict.Cause
	if c.ID != "env.missing-variable" || s.nat == nil || s.opt.NativeLog != "" {
		return "", nil
	}
	p := d.base
	if len(d.patch) > 0 {
		if p, err = d.project(); err != nil {
			return "", err
		}
	}
	guest := p.GuestEnv()
	names := []string{c.Subject}
	if _, ok := s.natEnv[c.Subject]; !ok {
		names = nil
		has := native.Contains(p.HostProgram())
		for _, name := range slices.Sorted(maps.Keys(s.natEnv)) {
			if _, set := guest[name]; !set && len(name) > 3 && has(name) {
				names = append(names, name)
			}
		}
	}
	names = slices.DeleteFunc(names, func(n string) bool { _, set := guest[n]; return set })
	if len(names) == 0 || len(names) > maxLackingEnv {
		return "", nil
	}
	var edits []ops.PatchOp
	if len(p.Config.Env) == 0 {
		edits = append(edits, ops.PatchOp{Op: "add", Path: "/Env", Value: map[string]string{}})
	}
	for _, n := range names {
		at, _ := p.Config.Pointer("Env", n)
		edits = append(edits, ops.PatchOp{Op: "add", Path: at, Value: s.natEnv[n]})
	}
	changed, err := d.edit(edits)
	if err != nil || !changed {
		return "", err
	}
	whose := "its native value"
	if len(names) > 1 {
		whose = "their native values"
	}
	return fmt.Sprintf("setting %s to %s, which the configuration then holds", strings.Join(names, ", "), whose), nil
}

// redactPatch hides the values that a patch gives to environment variables.
func redactPatch(edits []ops.PatchOp) []ops.PatchOp {
	out := slices.Clone(edits)
	for i, e := range out {
		if _, text := e.Value.(string); text && strings.HasPrefix(strings.ToLower(e.Path), "/env/") && !report.Plain(e.Path[len("/env/"):]) {
			out[i].Value = hidden
		}
		if m, object := e.Value.(map[string]any); object && strings.EqualFold(e.Path, "/env") {
			masked := map[string]any{}
			for name, value := range m {
				if masked[name] = hidden; report.Plain(name) {
					masked[name] = value
				}
			}
			out[i].Value = masked
		}
	}
	return out
}
