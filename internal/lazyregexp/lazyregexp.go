// Package lazyregexp holds regular expressions that are compiled when they are first
// used. nanodiag's rules hold some two hundred, and compiling them all costs more than
// most of its commands: a command pays for those that it meets.
//
// An expression that does not compile panics at its first use, so the packages that
// hold rules compile all of theirs in a test.
package lazyregexp

import (
	"regexp"
	"sync"
)

// Regexp is a regular expression in the syntax of package regexp. Its methods are
// those of regexp.Regexp and may be called by several goroutines at once.
type Regexp struct {
	source   string
	once     sync.Once
	compiled *regexp.Regexp
}

// New gives the expression with this source, not yet compiled.
func New(source string) *Regexp { return &Regexp{source: source} }

// Regexp gives the compiled expression. It panics when the source is no expression.
func (r *Regexp) Regexp() *regexp.Regexp {
	r.once.Do(func() { r.compiled = regexp.MustCompile(r.source) })
	return r.compiled
}

// String gives the source.
func (r *Regexp) String() string { return r.source }

// MatchString is regexp.Regexp's.
func (r *Regexp) MatchString(s string) bool { return r.Regexp().MatchString(s) }

// FindString is regexp.Regexp's.
func (r *Regexp) FindString(s string) string { return r.Regexp().FindString(s) }

// FindStringSubmatch is regexp.Regexp's.
func (r *Regexp) FindStringSubmatch(s string) []string { return r.Regexp().FindStringSubmatch(s) }
