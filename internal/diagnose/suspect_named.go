package diagnose

import (
	"path"
	"strings"
	"unicode"

	"github.com/nanodiag/nanodiag/internal/lazyregexp"
)

// names reports whether the last words name the access: its path, its base name, or
// a library's name without "lib" and version.
func (r *run) names(a access) bool {
	if r.said == "" {
		return false
	}
	if contains(r.said, strings.TrimSuffix(a.path, "/")) {
		return true
	}
	if strings.Contains(a.path, "/gconv/") && conversionWords.MatchString(r.said) {
		return true
	}
	base := path.Base(pathKey(a.path))
	if a.lib != nil {
		base = a.lib.name
	}
	if a.want == wantsMake && contains(r.said, path.Dir(pathKey(a.path))) {
		return true
	}
	return len(base) > 3 && contains(r.said, base)
}

// namesListed reports whether the error that the program states names what the native
// run read in a directory that the guest lacks: a program that reads there which of
// its parts to load goes on without them, and stumbles over one of them later.
//
//	guest:  openat("/etc/php/8.2/cli/conf.d") = -ENOENT
//	        Fatal error: Uncaught Error: Call to undefined function ctype_alpha()
//	native: openat("/etc/php/8.2/cli/conf.d/20-ctype.ini") = 3
func (r *run) namesListed(a access) bool {
	if r.native == nil || !a.fate.ok || !a.fate.listed || a.late {
		return false
	}
	line, ok := Decisive(r.words)
	if !ok || r.saidNatively(line.Text) {
		return false
	}
	said := nameParts(line.Text)
	dir := pathKey(a.fate.asListed)
	for part := range nameParts(dir) {
		delete(said, part) // what they all have in common
	}
	for i := a.fate.at + 1; i < len(r.native.events); i++ {
		e := &r.native.events[i]
		if e.OK() && wants(e) == wantsOpen && path.Dir(pathKey(e.Path)) == dir {
			for part := range nameParts(strings.TrimSuffix(path.Base(e.Path), path.Ext(e.Path))) {
				if said[part] {
					return true
				}
			}
		}
	}
	return false
}

// nameParts are the words of which names in a text are made, in lower case; short
// ones and those of messages say nothing.
func nameParts(text string) map[string]bool {
	parts := map[string]bool{}
	for _, w := range strings.FieldsFunc(strings.ToLower(text), func(c rune) bool { return !unicode.IsLetter(c) }) {
		if len(w) > 3 && !plainWords.MatchString(w) {
			parts[w] = true
		}
	}
	return parts
}

var plainWords = lazyregexp.New(`^(\w*error|\w*exception|fatal|uncaught|call|undefined|function|class|module|command|line|code|main|file|files|name|names|path|config|default|system|common|list|load|loaded|loading|failed|found|from|with|unknown|cannot|such|directory|invalid|value|type|data|index|test|program|read|open|user|local|init)$`)

var conversionWords = lazyregexp.New(`(?i)iconv|conver(t|sion)|charset|character set|encoding|codec|codepage`)

// contains reports whether a text contains a name as a whole word.
func contains(text, name string) bool {
	if len(name) < 2 {
		return false
	}
	for from := 0; ; {
		i := strings.Index(text[from:], name)
		if i < 0 {
			return false
		}
		i += from
		end := i + len(name)
		if (i == 0 || !wordByte(text[i-1]) || !wordByte(name[0])) &&
			(end == len(text) || !wordByte(name[len(name)-1]) || !wordByte(text[end]) && text[end] != '/') {
			return true
		}
		from = i + 1
	}
}

func wordByte(b byte) bool {
	return b == '_' || b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z'
}
