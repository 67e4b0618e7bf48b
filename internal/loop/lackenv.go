package loop

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

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
	stated := c.ID == "env.missing-variable"
	if !stated && !strings.HasPrefix(c.ID, "program.") && c.ID != "unknown" || s.nat == nil || s.opt.NativeLog != "" || !stated && s.nativeFails() {
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
	if _, ok := s.natEnv[c.Subject]; !ok || !stated {
		names = nil
		has := mentions(p)
		if !stated { // its own failure, as far as is known: what is named to it, only
			has = named(p.GuestArgs()[1:])
		}
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
	if !stated && len(names) == 1 {
		s.lacked = names[0]
	}
	whose := "its native value"
	if len(names) > 1 {
		whose = "their native values"
	}
	return fmt.Sprintf("setting %s to %s, which the configuration then holds", strings.Join(names, ", "), whose), nil
}

// mentions reports whether the program, its arguments or a script among them contains
// a text.
func mentions(p ops.Project) func(text string) bool {
	has := []func(string) bool{native.Contains(p.HostProgram())}
	args := p.GuestArgs()[1:]
	has = append(has, named(args))
	for _, a := range args {
		if !filepath.IsAbs(a) {
			a = filepath.Join(p.Cwd, a)
		}
		if info, err := os.Stat(a); err == nil && info.Mode().IsRegular() {
			has = append(has, native.Contains(a))
		}
	}
	return func(text string) bool {
		return slices.ContainsFunc(has, func(h func(string) bool) bool { return h(text) })
	}
}

// named reports whether an argument has the text as a word: the name itself, or a
// script such as os.environ["APPKEY"].
func named(args []string) func(text string) bool {
	return func(text string) bool {
		for _, a := range args {
			for _, w := range strings.FieldsFunc(a, func(c rune) bool { return c != '_' && !unicode.IsLetter(c) && !unicode.IsDigit(c) }) {
				if w == text {
					return true
				}
			}
		}
		return false
	}
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
