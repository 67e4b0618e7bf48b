package diagnose

import (
	"path"
	"strings"
	"syscall"

	"github.com/nanodiag/nanodiag/internal/lazyregexp"
)

func temporaryWords(r *run, _ []string, i int) (id, subject string) {
	if !says(r.near(i), syscall.ENOENT) && !strings.Contains(r.words[i].Text, "usable temporary directory") || r.traced() {
		return "", ""
	}
	return "missing-data.directory", firstOf(r.setup.cfg.Env["TMPDIR"], "/tmp")
}

func sharedWords(r *run, _ []string, i int) (id, subject string) {
	if !says(r.near(i), syscall.ENOENT) || r.traced() {
		return "", ""
	}
	return "missing-data.directory", "/dev/shm"
}

// A path in a message: something with a slash, or with an ending.
var pathWord = lazyregexp.New(`["'\x60(]?((?:\.{0,2}/)?[\w@%+=.-]+(?:/[\w@%+=.-]+)*/?)["'\x60):,;]*`)

// fileWords takes the path out of a message about a file.
func fileWords(r *run, _ []string, i int) (id, subject string) {
	p := pathIn(r.words[i].Text)
	if strings.HasPrefix(r.words[i].Text, p+": ") && path.Base(p) == path.Base(r.program(nil)) {
		p = "" // who speaks, not what is missing
	}
	if p == "" {
		if says(r.words[i].Text, syscall.ENOENT) && !r.traced() {
			return "missing-data.file", ""
		}
		return "", ""
	}
	c := r.classify(access{path: p, want: wantsOpen, err: syscall.ENOENT, count: 1, at: -1})
	return c.ID, c.Subject
}

// pathIn returns the most path-like word of a message. The program's name, with which
// many messages begin, counts only where there is no other:
//
//	/opt/app/prover: cannot open /data/k.bin: No such file or directory
func pathIn(text string) string {
	best, score := "", 0
	text = strings.TrimSpace(timeOfDay.Regexp().ReplaceAllString(text, "${1} "))
	leading := ""
	for _, at := range pathWord.Regexp().FindAllStringSubmatchIndex(text, -1) {
		w := strings.Trim(text[at[2]:at[3]], ".,:;")
		s := 0
		ext := path.Ext(w)
		switch {
		case strings.HasPrefix(w, "/") && len(w) > 2:
			s = 4
		case strings.Contains(w, "/") && len(w) > 2:
			s = 3
		case len(ext) > 1 && len(ext) <= 8 && len(w) > len(ext) && !allDigits(ext[1:]):
			s = 2
		}
		if sourcePlace.MatchString(text) && strings.Contains(text, w+":") && fileEnding.MatchString(w) {
			s = 0 // prog.rs:1:84: the place in the source, not the file that is missing
		}
		if datePath.MatchString(w) || strings.Contains(text, "://"+strings.TrimLeft(w, "/")) {
			s = 0
		}
		if at[2] > 0 && text[at[2]-1] == '<' { // </body>
			s = 0
		}
		if s > 0 && at[2] == 0 && strings.HasPrefix(text[at[3]:], ": ") {
			leading = w
			continue
		}
		if s > score {
			best, score = w, s
		}
	}
	return firstOf(best, leading)
}

// calledFile finds the word by which a message without a path calls the file: the last
// one before the error.
//
//	witness: No such file or directory
const calledFile = `(?i)(?:^|[\s"'\x60(\[])([a-z][\w-]{2,})["'\x60)\]]?\s*[:,(=-]+\s*(?:Err\(|Error:? ?|\[Errno 2\] |Custom ?\{ ?|ENOENT:? )*(?:Os ?\{ ?code: 2|no such file or directory|ENOENT\b|NotFound\b)`

// noName: what names the call, or a file as such, says nothing.
var noName = lazyregexp.New(`(?i)^(?:\w*open(?:at|dir)?|\w*stat(?:at|fs)?|access|read\w*|write|mmap|exec\w*|rename|unlink|mkdir\w*|chdir|connect|bind|dlopen|` +
	`files?|paths?|director(?:y|ies)|folder|failed|failure|errors?|fatal|panic\w*|warn\w*|info|main|thread|err(?:no)?|code|kind|message|reason|cause|caused|because|` +
	`with|value|result|status|os|io|it|them|exception|\w*Error|\w*Exception)$`)

// calledWords is for a file whose path the message does not give.
func calledWords(r *run, m []string, i int) (id, subject string) {
	if r.traced() || noName.MatchString(m[1]) || m[1] == path.Base(r.program(nil)) {
		return "", ""
	}
	if id, subject := fileWords(r, nil, i); id != "missing-data.file" || subject != "" {
		return "", "" // it has one
	}
	return "missing-data.file", m[1]
}

// timeOfDay is a time with or without its date: 2026-11-23T02:00:00.123Z, 02:00:00.5.
// What is behind its last colon looks like a file.
var timeOfDay = lazyregexp.New(`(^|[\s\[("'=])(?:\d{4}[-/]\d\d[-/]\d\d[T_ ])?\d{1,2}:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?\b`)

// datePath is the date that Go's log package prints: 2026/11/22.
var datePath = lazyregexp.New(`^\d{4}/\d\d/\d\d$`)

var sourcePlace = lazyregexp.New(`\.\w+:\d+(:\d+)?\b`)

func allDigits(s string) bool { return strings.Trim(s, "0123456789") == "" }
