package diagnose

import (
	"strings"

	"github.com/nanodiag/nanodiag/internal/lazyregexp"
	"github.com/nanodiag/nanodiag/tracelog"
)

// trailers follow the line that states an error: frames, places and how to see more.
//
//	  thrown in Command line code on line 1                     (PHP)
//	#0 {main}
//		from -e:1:in `<main>'                                    (Ruby)
//	  <no Python frame>
//	    at Object.<anonymous> (/app/x.js:3:9)                     (Node, Java)
//	Node.js v18.20.4
//	note: run with `RUST_BACKTRACE=1` environment variable …
var trailers = lazyregexp.New(`^(thrown in .* on line \d+|Stack trace:|\[?stack backtrace:?\]?|#\d+ .*|from .*:\d+:in .*|<no Python frame>|` +
	`(Current )?[Tt]hread 0x[0-9a-f]+.*|File ".*", line \d+.*|at .*(:\d+|\)|>)$|Node\.js v\d.*|note: (run with|Some details are omitted).*|\.\.\. \d+ more|` +
	`BEGIN failed--compilation aborted.*|Compilation failed in require.*|goroutine \d+ .*|\S+\.\S+\(.*\)|/\S+:\d+( \+0x[0-9a-f]+)?|exit status -?\d+|[\^~\s]+|[{}\])]+,?|code: '\w+',?)$`)

// maxBack is how many lines the frames of a trace may fill.
const maxBack = 60

// Decisive is the line of a program's last words that states the error, where frames
// and places follow it; else its last line that is not empty. ok is false where there
// is none.
func Decisive(lines []tracelog.Line) (line tracelog.Line, ok bool) {
	for i := len(lines) - 1; i >= 0 && len(lines)-i <= maxBack; i-- {
		text := strings.TrimSpace(uncoloured(lines[i].Text))
		if text != "" && !trailers.MatchString(text) {
			return tracelog.Line{N: lines[i].N, Text: text}, true
		}
	}
	for i := len(lines) - 1; i >= 0; i-- {
		if text := strings.TrimSpace(uncoloured(lines[i].Text)); text != "" {
			return tracelog.Line{N: lines[i].N, Text: text}, true
		}
	}
	return tracelog.Line{}, false
}
