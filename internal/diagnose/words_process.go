package diagnose

import (
	"strings"
	"syscall"

	"github.com/nanodiag/nanodiag/internal/lazyregexp"
	"github.com/nanodiag/nanodiag/internal/nanos"
)

var spawnTerms = lazyregexp.New(`(?i)\b(popen|posix_spawn\w*|spawn\w*|system|execv?p?e?|subprocess|child process)\b`)

var forkTerms = lazyregexp.New(`(?i)\b(v?fork|forking|daemon|daemoni[sz]e)\b`)

// execFails: perror("re-exec"): the program itself was to be replaced, by what is not said.
var execFails = lazyregexp.New(`(?i)\b(execv?p?e?|execl[pe]?|fexecve)\b\W*(?:failed|error)?\W*(?:function not implemented|ENOSYS)`)

func spawnedIn(text string) string {
	if m := lazyregexp.New(`(?i)\b(?:popen|spawn\w*|exec\w*|system|run|fork/exec)\b[\s:('"]*([\w./-]+)`).FindStringSubmatch(text); m != nil {
		return m[1]
	}
	return "another program"
}

// stackWords: the native run tells whether the recursion ends where the stack is larger.
func stackWords(r *run, _ []string, _ int) (id, subject string) {
	if r.nativeWorks() {
		return "resource.stack", "2 MB"
	}
	return "program.infinite-recursion", "stack"
}

var (
	featureNeed  = lazyregexp.New(`(?i)support|requir|need|mandatory|must|missing|lack|not available|unavailable|not present|absent|feature|detect|cpuid|instruction|without|only|compiled|built|target|unsupported`)
	featureWorks = lazyregexp.New(`(?i)\b(using|enabled|detected|found|available|selected|supported)\b`)
)

// cpuFeature: a line that names a feature is a complaint only if it is one.
func cpuFeature(r *run, m []string, i int) (id, subject string) {
	text := r.words[i].Text
	if !featureNeed.MatchString(text) || featureWorks.MatchString(text) && !looksBad(text) {
		return "", ""
	}
	all := wordRuleFeature.Regexp().FindAllString(text, -1)
	name := m[1]
	for _, f := range all {
		if strings.ToLower(f) == f { // the spelling of /proc/cpuinfo is the most precise
			name = f
		}
	}
	return "cpu.missing-feature-check", name
}

var wordRuleFeature = lazyregexp.New(`(?i)\b(avx[-\w]*|sse[\w.]*|ssse3|bmi[12]?|adx|aes-?ni|vaes|sha[-_]?ni|pclmul\w*|gfni|f16c|fma[34]?|popcnt|amx[-_\w]*|x86-64-v[234])\b`)

// spawnWords: only together with the text of an error that a missing second process gives.
func spawnWords(r *run, m []string, i int) (id, subject string) {
	if traceback.MatchString(r.words[i].Text) { // "call last"
		return "", ""
	}
	text := r.near(i)
	if !says(text, syscall.ENOSYS) && !says(text, syscall.ENOMEM) && !strings.Contains(text, "temporarily unavailable") {
		return "", ""
	}
	if _, ok := r.callNamed(r.words[i].Text); ok && !spawnTerms.MatchString(r.words[i].Text) {
		return "", ""
	}
	return "process.spawn", firstOf(firstGroup(m), spawnedIn(text))
}

func forkWords(r *run, m []string, i int) (id, subject string) {
	text := r.near(i)
	if !says(text, syscall.ENOSYS) && !says(text, syscall.ENOMEM) && !strings.Contains(text, "temporarily unavailable") && !cannotFork.MatchString(r.words[i].Text) {
		return "", ""
	}
	return "process.fork", strings.ToLower(m[1])
}

// /bin/sh: 0: Cannot fork
var cannotFork = lazyregexp.New(`(?i)\b(cannot|can't|could not|unable to|failed to) (fork|daemoni[sz]e)\b|\bfork\w* (failed|error)`)

// near joins a line with the few after it: the error's text may stand in the next.
func (r *run) near(i int) string {
	var b strings.Builder
	for _, l := range r.words[i:min(len(r.words), i+12)] {
		b.WriteString(l.Text)
		b.WriteByte('\n')
	}
	return b.String()
}

// callWords: ENOSYS with the call's name, or with words about what it is for.
func callWords(r *run, _ []string, i int) (id, subject string) {
	text := r.words[i].Text
	if m := execFails.FindStringSubmatch(text); m != nil {
		return "process.exec", m[1]
	}
	if spawnTerms.MatchString(text) {
		return "process.spawn", spawnedIn(text)
	}
	if m := forkTerms.FindStringSubmatch(text); m != nil {
		if m[1] == "vfork" {
			return "process.vfork", "vfork"
		}
		return "process.fork", "fork"
	}
	call, ok := r.callNamed(text)
	if !ok {
		call, ok = callSpelled(text)
	}
	if !ok {
		return "", ""
	}
	switch {
	case call == "execve" || call == "execveat":
		return "process.exec", call
	case r.status(call) == nanos.KlibOnly:
		return "syscall.needs-klib", call
	}
	return "syscall.unsupported", call
}

// callTopicWords is a guess from the purpose alone.
func callTopicWords(r *run, _ []string, i int) (id, subject string) {
	text := r.words[i].Text
	call, ok := r.callNamed(text)
	if !ok && traceback.MatchString(r.said) && says(text, syscall.ENOSYS) {
		call, ok = r.callNamed(r.before(i, 2)) // the line of the source that raised it
	}
	if !ok {
		call, ok = r.callByTopic(text, !says(text, syscall.ENOSYS))
	}
	switch {
	case !ok && says(text, syscall.ENOSYS):
		return "syscall.unsupported", ""
	case !ok:
		return "", ""
	case r.status(call) == nanos.KlibOnly:
		return "syscall.needs-klib", call
	}
	return "syscall.unsupported", call
}

// traceback is the head of what Python prints before an error:
//
//	    fd=os.memfd_create("ring")
//	       ^^^^^^^^^^^^^^^^^^^^^^^
//	OSError: [Errno 38] Function not implemented
var traceback = lazyregexp.New(`Traceback \(most recent call last\)`)

// before is the n lines before a word.
func (r *run) before(i, n int) string {
	var b strings.Builder
	for _, l := range r.words[max(0, i-n):i] {
		b.WriteString(l.Text)
		b.WriteByte('\n')
	}
	return b.String()
}
