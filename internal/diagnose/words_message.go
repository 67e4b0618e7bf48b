package diagnose

import "strings"

// rustMessage is the panic's message: the line after the place, or the rest of it.
func rustMessage(r *run, m []string, i int) string {
	if strings.HasSuffix(strings.TrimSpace(m[1]), ":") && i+1 < len(r.words) {
		return r.words[i+1].Text
	}
	return m[1]
}

func cppMessage(r *run, m []string, i int) string {
	for _, l := range r.words[i:] {
		if _, what, ok := strings.Cut(l.Text, "what():"); ok {
			return strings.TrimSpace(what)
		}
	}
	return r.words[i].Text
}

// procTerms are words that programs use for what they read from /proc, /sys and /dev;
// group i is about procFiles[i].
const procTerms = `(Vm(?:RSS|Peak|Size|HWM))|((?i:bogomips|model name|cpu model|\bcpu[ _-]?info\b|cpu flags))|((?i:load ?average|loadavg))|((?i:\buptime\b))|` +
	`((?i:entropy))|((?i:mount table|mountinfo))|((?i:\bcgroups?\b))|((?i:\btopology\b|numa nodes?))`

var procFiles = []string{"/proc/self/status", "/proc/cpuinfo", "/proc/loadavg", "/proc/uptime", "/dev/random", "/proc/self/mountinfo", "/sys/fs/cgroup", "/sys/devices/system/cpu"}

// procWords guesses the file from the value that the program could not get.
func procWords(r *run, m []string, i int) (id, subject string) {
	if r.traced() || !looksBad(r.words[i].Text) {
		return "", ""
	}
	for k, term := range m[1:] {
		if term != "" {
			return "missing-data.procfs", procFiles[k]
		}
	}
	return "", ""
}

// exceptionLine: a bare "Error: …" is anybody's; with a class name, or with the frames
// of a trace below it, it is a runtime's.
func exceptionLine(r *run, m []string, i int) (id, subject string) {
	if strings.HasPrefix(m[1], "Error:") && (i+1 >= len(r.words) || !strings.HasPrefix(r.words[i+1].Text, "at ")) {
		return "", ""
	}
	return "program.exception", m[1]
}
