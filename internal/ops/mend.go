package ops

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/nanodiag/nanodiag/internal/lazyregexp"
	"github.com/tailscale/hujson"
)

// Mend is a change of the configuration that removes an Issue. It is a reading of what
// was meant: whether it is the right one, a run shows.
type Mend struct {
	Does  string // "writing Args as a list": what the change is
	Patch []PatchOp
	Text  []byte // in place of Patch: the whole file, where it is no JSON that a patch could be applied to
}

// synonyms are keys of other tools, by what Ops calls the same.
var synonyms = map[string][]string{
	"volumes": {"Mounts"}, "volume": {"Mounts"},
	"environment": {"Env"}, "environ": {"Env"}, "envs": {"Env"}, "envvars": {"Env"}, "variables": {"Env"},
	"arguments": {"Args"}, "argv": {"Args"},
	"directories": {"Dirs"}, "folders": {"Dirs"},
	"mapdirectories": {"MapDirs"}, "dns": {"NameServers"},
	"ram": {"RunConfig.Memory"}, "mem": {"RunConfig.Memory"}, "cores": {"RunConfig.CPUs"}, "vcpus": {"RunConfig.CPUs"},
	"kernelmodules": {"Klibs"}, "disksize": {"BaseVolumeSz"}, "basevolumesize": {"BaseVolumeSz"},
}

// unknownKey is a key to be mended once the whole file is indexed.
type unknownKey struct {
	issue   int // index in linter.issues
	value   *hujson.Value
	pointer string
	here    *shape
	prefix  string
	name    string
}

// mendKeys finds for every unknown key the one that was meant. Where several fit, it
// names them and leaves the choice to the user.
func (l *linter) mendKeys(doc *hujson.Value) {
	for _, u := range l.unknowns {
		i := &l.issues[u.issue]
		remove := PatchOp{Op: "remove", Path: u.pointer}
		near := candidates(l.root, u.here, u.prefix, u.name)
		var fit []string
		values := map[string]any{}
		for _, p := range near {
			if v, ok := convert(u.value, l.root.at(p), p); ok {
				fit, values[p] = append(fit, p), v
			}
		}
		switch {
		case len(near) == 0:
			i.Mends = []Mend{{Does: fmt.Sprintf("removing %s, which Ops does not know", i.Key), Patch: []PatchOp{remove}}}
		case len(fit) > 1:
			slices.Sort(fit)
			i.Hint = fmt.Sprintf("it may stand for %s: write the one that is meant", strings.Join(fit, " or "))
		case len(fit) == 1:
			i.Near = fit[0]
			patch, ok := l.cfg.set(doc, fit[0], values[fit[0]])
			if !ok {
				i.Hint = fmt.Sprintf("it seems to stand for %s, which is set too: keep one of them", fit[0])
				continue
			}
			i.Mends = []Mend{
				{Does: fmt.Sprintf("writing %s as %s", i.Key, fit[0]), Patch: append([]PatchOp{remove}, patch...)},
				{Does: fmt.Sprintf("removing %s, which Ops does not know", i.Key), Patch: []PatchOp{remove}},
			}
			if _, same := synonyms[strings.ToLower(u.name)]; !same {
				i.Mends = i.Mends[:1]
			} else {
				i.Hint = fmt.Sprintf("did you mean %s?", fit[0])
			}
		}
	}
}

// candidates are the dotted paths of the keys that an unknown one may stand for, all
// equally near: the same name at another level, another tool's word, a misspelling of a
// key at this level, then of one elsewhere.
func candidates(root, here *shape, prefix, key string) []string {
	plain := func(paths []string) []string {
		return slices.DeleteFunc(paths, func(p string) bool { return strings.Contains(p, "[]") })
	}
	if same := plain(root.elsewhere("", func(n string) bool { return strings.EqualFold(n, key) })); len(same) > 0 {
		return same
	}
	if s := synonyms[strings.ToLower(key)]; len(s) > 0 {
		return s
	}
	c := newClosest(key)
	c.level(here, prefix)
	if len(c.paths) == 0 {
		c.all(plain(root.elsewhere("", func(string) bool { return true })))
	}
	return c.paths
}

// at is the shape of the key with a dotted path.
func (s *shape) at(dotted string) *shape {
	for _, name := range strings.Split(dotted, ".") {
		f, ok := s.find(name)
		if !ok {
			return &shape{kind: kindAny}
		}
		s = f.shape
	}
	return s
}

// set is the patch that gives the key with a dotted path a value, or adds it to a list
// or an object that is there. It reports false where the file sets it otherwise.
func (c *Config) set(doc *hujson.Value, dotted string, value any) ([]PatchOp, bool) {
	keys := strings.Split(dotted, ".")
	ptr, exists := c.Pointer(keys...)
	if !exists {
		for n := len(keys) - 1; n > 0; n-- {
			if parent, ok := c.Pointer(keys[:n]...); ok {
				return []PatchOp{{Op: "add", Path: parent + "/" + escapePointer(keys[n]), Value: nest(keys[n+1:], value)}}, true
			}
		}
		return []PatchOp{{Op: "add", Path: pointer(keys[:1]), Value: nest(keys[1:], value)}}, true
	}
	old := doc.Find(ptr)
	if old == nil {
		return nil, false
	}
	var patch []PatchOp
	switch x := old.Value.(type) {
	case *hujson.Array:
		list, _ := value.([]any)
		for _, v := range list {
			patch = append(patch, PatchOp{Op: "add", Path: ptr + "/-", Value: v})
		}
	case *hujson.Object:
		more, _ := value.(map[string]any)
		for _, m := range x.Members {
			if lit, ok := m.Name.Value.(hujson.Literal); ok {
				if _, twice := more[lit.String()]; twice {
					return nil, false
				}
			}
		}
		for _, k := range sortedKeys(more) {
			patch = append(patch, PatchOp{Op: "add", Path: ptr + "/" + escapePointer(k), Value: more[k]})
		}
	default:
		return nil, false
	}
	return patch, true
}

func nest(keys []string, value any) any {
	for _, k := range slices.Backward(keys) {
		value = map[string]any{k: value}
	}
	return value
}

func sortedKeys(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// convert gives a value the wanted shape where there is one obvious way to, and leaves
// one that has it as it is. key is the dotted path, which says how words divide.
func convert(v *hujson.Value, s *shape, key string) (any, bool) {
	var x any
	clone := v.Clone()
	clone.Standardize()
	dec := json.NewDecoder(bytes.NewReader(clone.Pack()))
	dec.UseNumber()
	if dec.Decode(&x) != nil {
		return nil, false
	}
	return shaped(x, s, key)
}

func shaped(x any, s *shape, key string) (any, bool) {
	switch s.kind {
	case kindAny:
		return x, true
	case kindString:
		return scalar(x)
	case kindBool:
		switch x {
		case true, "true":
			return true, true
		case false, "false":
			return false, true
		}
	case kindInt:
		text, ok := scalar(x)
		if n, _ := text.(string); ok && isDigits(n) && len(n) < 18 {
			return json.Number(n), true
		}
	case kindList:
		return listed(x, s, key)
	case kindDict:
		return paired(x, s, key)
	case kindObject:
		m, ok := x.(map[string]any)
		return m, ok && len(m) == 0
	}
	return nil, false
}

// scalar is a string, a number or a truth value as a string; a list of one is that one.
func scalar(x any) (any, bool) {
	if l, ok := x.([]any); ok && len(l) == 1 {
		x = l[0]
	}
	switch v := x.(type) {
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	case bool:
		return fmt.Sprint(v), true
	}
	return nil, false
}

// options are words of a command line: one of them begins with a dash, and none is quoted.
var options = lazyregexp.New(`^[^\s"'\\$]+(\s+[^\s"'\\$]+)*$`)

func listed(x any, s *shape, key string) (any, bool) {
	list, ok := x.([]any)
	if !ok {
		one, ok := scalar(x)
		if !ok || s.elem.kind != kindString {
			return nil, false
		}
		text := one.(string)
		words := strings.Fields(text)
		switch {
		case len(words) == 1 && (!strings.Contains(text, ",") || strings.HasSuffix(key, "Ports")):
			return []any{text}, true
		case key == "Args" && options.MatchString(text) && slices.ContainsFunc(words, func(w string) bool { return strings.HasPrefix(w, "-") }):
			return anyList(words), true
		}
		return nil, false // one word with a space in it, or several
	}
	out := make([]any, 0, len(list))
	for _, e := range list {
		v, ok := shaped(e, s.elem, key)
		if !ok {
			return nil, false
		}
		out = append(out, v)
	}
	return out, true
}

// pairSign divides a name from its value in the one-word form of an object.
var pairSign = map[string]string{"Env": "=", "Mounts": ":", "MapDirs": ":"}

func paired(x any, s *shape, key string) (any, bool) {
	out := map[string]any{}
	switch v := x.(type) {
	case map[string]any:
		for k, e := range v {
			one, ok := shaped(e, s.elem, key)
			if !ok {
				return nil, false
			}
			out[k] = one
		}
		return out, true
	case string:
		x = []any{v}
	}
	list, _ := x.([]any)
	sign := pairSign[key]
	if len(list) == 0 || sign == "" {
		return nil, false
	}
	for _, e := range list {
		text, _ := e.(string)
		name, value, ok := strings.Cut(text, sign)
		if _, twice := out[name]; !ok || twice || name == "" || strings.ContainsAny(name, " \t") {
			return nil, false
		}
		out[name] = value
	}
	return out, true
}

// sizeWords are sizes as people write them, "512 MB" and "1 GiB".
var sizeWords = lazyregexp.New(`^\s*([0-9]+)\s*([kKmMgG])[iI]?[bB]\s*$`)

// mendSize writes a size as Ops and QEMU read it.
func (c *Config) mendSize(i *Issue, text string, keys ...string) {
	m := sizeWords.FindStringSubmatch(text)
	ptr, ok := c.Pointer(keys...)
	if m == nil || !ok {
		return
	}
	i.Mends = []Mend{{Does: fmt.Sprintf("writing %s as %q", i.Key, m[1]+m[2]), Patch: []PatchOp{{Op: "replace", Path: ptr, Value: m[1] + m[2]}}}}
}

// mend adds a change to the issue that was added last, where the file has the keys.
func (b *builder) mend(does string, keys []string, op string, value any, more ...PatchOp) {
	ptr, ok := b.cfg.Pointer(keys...)
	if !ok {
		return
	}
	i := &b.issues[len(b.issues)-1]
	i.Mends = append(i.Mends, Mend{Does: does, Patch: append([]PatchOp{{Op: op, Path: ptr, Value: value}}, more...)})
}

// addTo is the patch that adds to an object or a list of the file, or makes it.
func (c *Config) addTo(key string, value any) []PatchOp {
	ptr, exists := c.Pointer(key)
	m, isMap := value.(map[string]any)
	switch {
	case !exists && isMap:
		return []PatchOp{{Op: "add", Path: ptr, Value: m}}
	case !exists:
		return []PatchOp{{Op: "add", Path: ptr, Value: []any{value}}}
	case !isMap:
		return []PatchOp{{Op: "add", Path: ptr + "/-", Value: value}}
	}
	var out []PatchOp
	for _, k := range sortedKeys(m) {
		out = append(out, PatchOp{Op: "add", Path: ptr + "/" + escapePointer(k), Value: m[k]})
	}
	return out
}
