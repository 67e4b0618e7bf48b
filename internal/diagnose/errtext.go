package diagnose

import (
	"strings"
	"syscall"

	"github.com/nanodiag/nanodiag/internal/lazyregexp"
)

// errnoText gives the ways in which programs print an error number: the C library's
// text first (glibc and musl differ), then the name that Node, Python and Go print.
// Matching ignores case: Go prints the texts in lower case.
var errnoText = map[syscall.Errno][]string{
	syscall.ENOENT:        {"no such file or directory", "enoent", "notfound", "os error 2", "errno 2]", "code: 2,"},
	syscall.ENOTDIR:       {"not a directory", "enotdir"},
	syscall.ENOSYS:        {"function not implemented", "enosys", "os error 38", "errno 38]", "code: 38,", "not supported on this"},
	syscall.EINVAL:        {"invalid argument", "einval", "os error 22", "errno 22]", "code: 22,"},
	syscall.ENOSPC:        {"no space left on device", "enospc", "os error 28", "errno 28]", "code: 28,", "disk full"},
	syscall.ENOMEM:        {"cannot allocate memory", "out of memory", "enomem", "os error 12", "errno 12]", "code: 12,"},
	syscall.EACCES:        {"permission denied", "eacces", "os error 13", "errno 13]", "code: 13,"},
	syscall.EPERM:         {"operation not permitted", "eperm", "os error 1)", "errno 1]", "code: 1,"},
	syscall.EROFS:         {"read-only file system", "erofs", "os error 30", "errno 30]"},
	syscall.ESRCH:         {"no such process", "esrch", "os error 3)", "errno 3]"},
	syscall.ECHILD:        {"no child processes", "no child process", "echild"},
	syscall.ENODEV:        {"no such device", "enodev"},
	syscall.ENOTTY:        {"inappropriate ioctl", "not a tty", "not a typewriter", "enotty"},
	syscall.EOPNOTSUPP:    {"operation not supported", "not supported", "enotsup", "eopnotsupp"},
	syscall.EAFNOSUPPORT:  {"address family not supported", "eafnosupport"},
	syscall.EADDRINUSE:    {"address already in use", "address in use", "eaddrinuse"},
	syscall.EADDRNOTAVAIL: {"cannot assign requested address", "address not available", "eaddrnotavail"},
	syscall.ECONNREFUSED:  {"connection refused", "econnrefused"},
	syscall.ETIMEDOUT:     {"connection timed out", "operation timed out", "etimedout"},
	syscall.EHOSTUNREACH:  {"no route to host", "host is unreachable", "ehostunreach"},
	syscall.ENETUNREACH:   {"network is unreachable", "enetunreach"},
	syscall.EMFILE:        {"too many open files", "no file descriptors available", "emfile"},
	syscall.ENOEXEC:       {"exec format error", "enoexec"},
}

// says reports whether a text contains the words for an error number, or the number.
func says(text string, err syscall.Errno) bool {
	low := strings.ToLower(text)
	for _, t := range errnoText[err] {
		if contains(low, t) {
			return true
		}
	}
	return saysNumber(low, err)
}

// numbered are error numbers as programs print them:
//
//	erlexec: Error 38 executing '/usr/lib/erlang/erts-13.1.5/bin/beam.smp'.
//	admin endpoint could not be published (code 98), shutting down
//	could not load hud.theme (errno=2)
var numbered = lazyregexp.New(`\b(errno|error|err|code|rc|ret)\b\W{0,3}(\d{1,3})\b`)

// minErrno: a smaller number behind "code" or "error" is more often something else.
const minErrno = 22

func saysNumber(low string, err syscall.Errno) bool {
	if !strings.ContainsAny(low, "0123456789") {
		return false
	}
	for _, m := range numbered.Regexp().FindAllStringSubmatch(low, -1) {
		if m[2] == itoa(int(err)) && (m[1] == "errno" || err >= minErrno) {
			return true
		}
	}
	return false
}

// Words by which a line of a program shows that something went wrong. They decide
// only whether a run without a known status is taken for a failure, never a cause.
var (
	badWords = lazyregexp.New(`(?i)\b(error|errors|err|fatal|fail|fails|failed|failure|panic|panicked|abort|aborted|aborting|` +
		`exception|traceback|terminate|terminated|cannot|can't|couldn't|could not|can not|unable|not|no|never|without|missing|` +
		`invalid|illegal|bad|broken|corrupt|corrupted|wrong|mismatch|unknown|unsupported|unavailable|unreachable|unresolved|undefined|` +
		`unexpected|denied|refused|rejected|expired|timeout|timed out|overflow|overflowed|overrun|exceeded|exhausted|empty|incomplete|E\d{2,}|` +
		`lost|killed|poisoned|usage|must|required|requires|mandatory|too (short|small|few|many|large|long|old)|out of|E|EE|ERR|CRIT|critical|` +
		`E[A-Z]{3,}|NotFound|NotPresent|NullPointer\w*|\w+Error|\w+Exception)\b|core dumped|:-?\(`)
	goodWords = lazyregexp.New(`(?i)\b(ok|okay|done|success|successful|successfully|succeeded|finished|complete|completed|passed|pass|` +
		`verified|valid|ready|written|wrote|saved|exported|uploaded|stored|listening|serving|started|running|bye|goodbye|exiting normally|no errors?|0 errors|0 failures|0 failed|all tests)\b`)
	// A line that says itself that the program goes on.
	tolerated = lazyregexp.New(`(?i)ignor(ed|ing)|fall(s|ing)? ?back|fallback|continuing|carry on|optional|non[- ]fatal|` +
		`using (the )?(default|built-?in|internal|cpu|slow)|defaults? (?:in effect|used|apply|are used)|carrying on|@ warning/|skipp(ed|ing)|disabl(ed|ing)|will (be )?retr|retrying|deprecated|^\s*(warn(ing)?|info|debug|note|notice|hint)\b|\b(WARN|INFO|DEBUG|NOTE)\b|^[IW]\d{4} |(?:^|[\s:\]])warning: |^<[4-7]>|` +
		`\bcaught\b|handler (is )?(installed|armed|ready)|recovered|harmless|no problem|` +
		`(\.\.\.|…|:|-)\s*(ok|pass|passed)\W*$|^\W*(ok \d+\b|ok\s*\]|pass(ed)?\b)`)
	// "error" inside these is none: "0 errors", "no error", "error-free".
	negatedBad = lazyregexp.New(`(?i)\b(0|no|without|zero) (errors?|failures?|problems?|warnings?)\b|(?:^|[,;:(])\s*0 fail(?:ed|s)\b|error[- ]?free|not (needed|required|necessary)|\b(?:errors?|fail(?:ed|ures?)?|missing|lost)(?:[-_ ]?count)?\s*[=:]\s*0\b|\b0 (?:lost|missing|left|broken|dropped|rejected)\b`)
)

// ownHandler: the program's own handler of a signal that ends programs speaks.
//
//	caught signal 11 addr 0x8
//	*** Received SIGSEGV, shutting down
var ownHandler = lazyregexp.New(`(?i)\b(?:caught|received|got|fatal|unhandled|handling)\b.{0,12}\b(?:signal:? \(?(?:4|6|7|8|11)\b|SIG(?:ILL|ABRT|BUS|FPE|SEGV)\b)`)

// looksBad reports whether a line speaks of a failure that the program did not get over.
func looksBad(line string) bool {
	if ownHandler.MatchString(line) {
		return true
	}
	if tolerated.MatchString(line) {
		return false
	}
	if badWords.MatchString(negatedBad.Regexp().ReplaceAllString(line, "")) {
		return true
	}
	low := strings.ToLower(line)
	for _, texts := range errnoText {
		if strings.Contains(low, texts[0]) {
			return true
		}
	}
	return false
}

// looksGood reports whether a line speaks of success and of no failure.
func looksGood(line string) bool {
	return (goodWords.MatchString(line) || allOf(line)) && !looksBad(line)
}

// allOf: "4 of 4", "14/14".
func allOf(line string) bool {
	m := shareOf.FindStringSubmatch(line)
	return m != nil && m[1] == m[2] && m[1] != "0"
}

var shareOf = lazyregexp.New(`\b(\d+) ?(?:of|/|out of) ?(\d+)\b`)
