package ops

import (
	"reflect"
	"strings"
)

// shape is what a config value must look like, derived from the Config type itself
// so that the key list exists once.
type shape struct {
	kind   kind
	elem   *shape           // of list and dict
	fields map[string]field // of object, by lower-case key
}

type field struct {
	name  string // canonical spelling
	shape *shape
}

type kind int

const (
	kindString kind = iota
	kindBool
	kindInt
	kindList
	kindDict   // any keys, values of one shape
	kindObject // fixed keys
	kindAny
)

// wanted names each kind as a message should.
var wanted = [...]string{
	kindString: "a string",
	kindBool:   "true or false",
	kindInt:    "a whole number",
	kindList:   "a list [...]",
	kindDict:   "an object {...}",
	kindObject: "an object {...}",
	kindAny:    "any value",
}

func schema() *shape { return shapeOf(reflect.TypeFor[Config]()) }

func shapeOf(t reflect.Type) *shape {
	switch t.Kind() {
	case reflect.Pointer:
		return shapeOf(t.Elem())
	case reflect.String:
		return &shape{kind: kindString}
	case reflect.Bool:
		return &shape{kind: kindBool}
	case reflect.Int, reflect.Int64:
		return &shape{kind: kindInt}
	case reflect.Slice:
		return &shape{kind: kindList, elem: shapeOf(t.Elem())}
	case reflect.Map:
		return &shape{kind: kindDict, elem: shapeOf(t.Elem())}
	case reflect.Struct:
		s := &shape{kind: kindObject, fields: map[string]field{}}
		for f := range t.Fields() {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if name == "-" || !f.IsExported() {
				continue
			}
			if name == "" {
				name = f.Name
			}
			s.fields[strings.ToLower(name)] = field{name: name, shape: shapeOf(f.Type)}
		}
		return s
	}
	return &shape{kind: kindAny}
}

// find looks key up as encoding/json does: an exact match or one under case folding.
func (s *shape) find(key string) (field, bool) {
	if f, ok := s.fields[strings.ToLower(key)]; ok {
		return f, true
	}
	for _, f := range s.fields { // simple folding knows more than ToLower: K (Kelvin), ſ
		if strings.EqualFold(f.name, key) {
			return f, true
		}
	}
	return field{}, false
}

// elsewhere returns the dotted paths of every key below s that satisfies match, in
// no particular order. Lists of objects appear as "Nics[].Gateway".
func (s *shape) elsewhere(prefix string, match func(name string) bool) []string {
	var out []string
	for _, f := range s.fields {
		p := f.name
		if prefix != "" {
			p = prefix + "." + f.name
		}
		if match(f.name) {
			out = append(out, p)
		}
		switch f.shape.kind {
		case kindObject:
			out = append(out, f.shape.elsewhere(p, match)...)
		case kindList:
			out = append(out, f.shape.elem.elsewhere(p+"[]", match)...)
		}
	}
	return out
}
