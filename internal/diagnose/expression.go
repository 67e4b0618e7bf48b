package diagnose

import (
	"regexp"
	"sync"
)

// expression is a regular expression that is compiled when it is first used. The
// rules hold some two hundred, and every command of nanodiag would pay for them at
// its start.
type expression struct {
	source  string
	compile func() *regexp.Regexp
}

func expr(source string) *expression {
	return &expression{source, sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(source) })}
}

// MatchString is regexp.Regexp's.
func (e *expression) MatchString(s string) bool { return e.compile().MatchString(s) }

// FindStringSubmatch is regexp.Regexp's.
func (e *expression) FindStringSubmatch(s string) []string { return e.compile().FindStringSubmatch(s) }
