package diagnose

import (
	"regexp/syntax"
	"strings"
	"sync"
)

// needles returns texts of which one is in everything that re matches, in lower case;
// nil when there are none. Dozens of rules are held against each line of output, and
// looking for a text is a hundred times cheaper than matching an expression.
func needles(re string) []string {
	tree, err := syntax.Parse(re, syntax.Perl)
	if err != nil {
		return nil
	}
	return needlesOf(tree)
}

func needlesOf(re *syntax.Regexp) []string {
	switch re.Op {
	case syntax.OpLiteral:
		return []string{strings.ToLower(string(re.Rune))}
	case syntax.OpCapture, syntax.OpPlus:
		return needlesOf(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return needlesOf(re.Sub[0])
		}
	case syntax.OpConcat: // the part that tells most
		var best []string
		for _, sub := range re.Sub {
			if n := needlesOf(sub); shortest(n) > shortest(best) {
				best = n
			}
		}
		return best
	case syntax.OpAlternate: // one of each
		var all []string
		for _, sub := range re.Sub {
			n := needlesOf(sub)
			if n == nil {
				return nil
			}
			all = append(all, n...)
		}
		return all
	}
	return nil
}

// shortest is the length of the shortest text, 0 when there is none.
func shortest(list []string) int {
	n := 0
	for i, s := range list {
		if i == 0 || len(s) < n {
			n = len(s)
		}
	}
	return n
}

// mayMatch reports whether an expression with these needles can match a line, given in
// lower case.
func mayMatch(needles []string, low string) bool {
	for _, n := range needles {
		if strings.Contains(low, n) {
			return true
		}
	}
	return needles == nil
}

// wordNeedles are the needles of wordRules.
var wordNeedles = sync.OnceValue(func() [][]string {
	var all [][]string
	for _, rule := range wordRules {
		all = append(all, needles(rule.re.String()))
	}
	return all
})
