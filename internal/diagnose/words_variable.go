package diagnose

import (
	"path"
	"strings"

	"github.com/nanodiag/nanodiag/internal/lazyregexp"
	"github.com/nanodiag/nanodiag/strace"
)

// notVariables are words in capitals that messages use and that are no variables.
var notVariables = lazyregexp.New(`^(RUST_(?:LIB_)?BACKTRACE|ERROR|FATAL|WARN(ING)?|INFO|DEBUG|NOTE|PANIC|FAIL(ED)?|USAGE|JSON|HTTPS?|E[A-Z]{3,7}|SIG[A-Z]+|ELF|GLIBC\w*|AVX\w*|SSE\w*|BMI\w*|CPU|CPUS|GPU|CUDA|NUMA|TLS|SSL|DNS|TCP|UDP|GL\w*_ERROR\w*|VK_\w+|CL_\w+|AF_\w+|O_[A-Z]+|POSIX|UTF|ASCII|NULL|TRUE|FALSE|BODY|HEAD|MODULE_NOT_FOUND|CERT_\w+|CRITICAL|EXCEPTION|SEGV|OOM|API|URL|ABI|IO|OK|PLONK|GROTH|SRS|CRS|FAILURE|ABORT(ED)?|UNKNOWN|INVALID|MISSING|FILE|KEY|MAIN)$`)

func variableWords(r *run, m []string, i int) (id, subject string) {
	name := m[1]
	if notVariables.MatchString(name) {
		return "", ""
	}
	if _, set := r.setup.cfg.Env[name]; set {
		return "", ""
	}
	if has := r.in.ProgramHas; has != nil && !has(name) {
		return "", ""
	}
	return "env.missing-variable", name
}

// variableSubject names the variable that the native run had, the guest has not, and
// the program's own file contains, if there is exactly one.
func (r *run) variableSubject(_ []string, i int) string {
	for _, name := range variableName.Regexp().FindAllString(r.words[i].Text, -1) {
		if !notVariables.MatchString(name) {
			return name
		}
	}
	return r.lackingVariable()
}

var variableName = lazyregexp.New(`\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b`)

// inherited are variables of every shell; a program that reads them has a default.
var inherited = lazyregexp.New(`^(PATH|HOME|USER|LOGNAME|SHELL|PWD|OLDPWD|TERM|LANG|LC_\w+|LANGUAGE|SHLVL|_|DISPLAY|EDITOR|PAGER|HOSTNAME|MAIL|TZ|XDG_\w+|SSH_\w+|LS_COLORS|DEBIAN_FRONTEND|COLORTERM)$`)

func (r *run) lackingVariable() string {
	var found []string
	for _, name := range r.in.NativeEnv {
		if _, set := r.setup.cfg.Env[name]; set || inherited.MatchString(name) {
			continue
		}
		if has := r.in.ProgramHas; has != nil && has(name) {
			found = append(found, name)
		}
	}
	if len(found) == 1 {
		return found[0]
	}
	if r.missesHome() {
		return "HOME"
	}
	return ""
}

// missesHome: natively the program looks below a home directory, in the guest never.
// Ops sets no HOME.
func (r *run) missesHome() bool {
	if _, set := r.setup.cfg.Env["HOME"]; set || r.native == nil || !r.traced() {
		return false
	}
	below := func(events []strace.Event) bool {
		for i := range events {
			if e := &events[i]; wants(e) != wantsNothing && strings.HasPrefix(path.Base(e.Path), ".") && homes.MatchString(path.Dir(pathKey(e.Path))) {
				return true
			}
		}
		return false
	}
	return below(r.native.events) && !below(r.events())
}

// procSubject is the last /proc or /sys file that the guest asked for in vain.
func (r *run) procSubject(_ []string, _ int) string {
	events := r.events()
	for i := len(events) - 1; i >= 0; i-- {
		if e := &events[i]; missing(e) && beneath("/proc", "/sys")(pathKey(e.Path)) {
			return e.Path
		}
	}
	return "/sys/devices/system/cpu"
}
