package report

import (
	"bufio"
	"fmt"
	"io"
	"path"
	"strings"
	"time"

	"github.com/nanodiag/nanodiag/internal/diagnose"
)

// IgnoreRule is one line of .nanodiag-ignore:
//
//	missing-lib.dlopen-soname libfoo.so.1  # optional GPU path, CPU prover
//	missing-data.file /etc/app.toml until=2027-01-31  # created by the next release
//	env.no-stdin *  # batch program
type IgnoreRule struct {
	ID      string
	Subject string    // compared as a base name too; "*" is every subject
	Until   time.Time // the last day on which it holds; zero for ever
	Reason  string
	Line    int // 1-based
}

// ReadIgnore reads .nanodiag-ignore. An error names the line and what to write: a rule
// without a reason is one, since nobody would dare to remove it later.
func ReadIgnore(r io.Reader) ([]IgnoreRule, error) {
	var rules []IgnoreRule
	in := bufio.NewScanner(r)
	for n := 1; in.Scan(); n++ {
		text := strings.TrimSpace(in.Text())
		if text == "" || strings.HasPrefix(text, "#") {
			continue
		}
		rule, err := parseIgnore(text)
		if err != nil {
			return nil, fmt.Errorf("%d: %w", n, err)
		}
		rule.Line = n
		rules = append(rules, rule)
	}
	if err := in.Err(); err != nil {
		return nil, err
	}
	return rules, nil
}

func parseIgnore(text string) (IgnoreRule, error) {
	var rule IgnoreRule
	what, reason := text, ""
	for i := 1; i < len(text); i++ {
		if text[i] == '#' && (text[i-1] == ' ' || text[i-1] == '\t') {
			what, reason = text[:i], strings.TrimSpace(text[i+1:])
			break
		}
	}
	if reason == "" {
		return rule, fmt.Errorf("the reason is missing; write it after the subject: %s  # why this is harmless", strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(what), "#")))
	}
	words := strings.Fields(what)
	if last := words[len(words)-1]; strings.HasPrefix(last, "until=") {
		day, err := time.Parse(time.DateOnly, strings.TrimPrefix(last, "until="))
		if err != nil {
			return rule, fmt.Errorf("%s: no such day; write until=YYYY-MM-DD", last)
		}
		rule.Until, words = day, words[:len(words)-1]
	}
	if len(words) < 2 {
		return rule, fmt.Errorf("the subject is missing; write a cause id and its subject, or * for every subject")
	}
	if _, ok := diagnose.Explain(words[0]); !ok {
		return rule, fmt.Errorf("%s: no such cause id; nanodiag explain lists them", words[0])
	}
	rule.ID, rule.Subject, rule.Reason = words[0], strings.Join(words[1:], " "), reason
	return rule, nil
}

// Expired reports whether the rule's last day is over.
func (r IgnoreRule) Expired(now time.Time) bool {
	return !r.Until.IsZero() && !now.Before(r.Until.AddDate(0, 0, 1))
}

func (r IgnoreRule) matches(id, subject string) bool {
	return r.ID == id && (r.Subject == "*" || r.Subject == subject || r.Subject == path.Base(subject))
}
