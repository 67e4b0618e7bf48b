package diagnose

import (
	"strings"

	"github.com/nanodiag/nanodiag/internal/lazyregexp"
	"github.com/nanodiag/nanodiag/strace"
)

var (
	hostAndPort = lazyregexp.New(`\b((?:\d{1,3}\.){3}\d{1,3}|[A-Za-z0-9][\w-]*(?:\.[\w-]+)*\.[A-Za-z]{2,}|localhost)(?::(\d{1,5}))?\b`)
	portNumber  = lazyregexp.New(`(?:port|:|on) ?(\d{2,5})\b|\b(\d{4,5})\b`)
	lookupOf    = lazyregexp.New(`(?i)lookup (\S+)|getaddrinfo \w* ?(\w[\w.-]*)|resolv\w* (?:host )?["']?([\w.-]+)|host:? ["']?([\w-]+\.[\w.-]+)`)
	fileEnding  = lazyregexp.New(`\.(go|rs|c|cc|cpp|h|py|js|mjs|cjs|rb|pl|so|json|toml|yaml|yml|conf|cfg|bin|txt|log|pem)$`)
)

// className: urllib.error.URLError is no host.
var className = lazyregexp.New(`\.[A-Z]\w*(?:Error|Exception|Failure)$`)

// hostIn is the host, with its port, that a message names.
func hostIn(text string) string {
	for _, m := range hostAndPort.Regexp().FindAllString(text, -1) {
		if !fileEnding.MatchString(m) && !className.MatchString(m) {
			return m
		}
	}
	return ""
}

func portIn(text string) string {
	m := portNumber.FindStringSubmatch(text)
	if m == nil {
		return ""
	}
	return firstGroup(m)
}

func (r *run) portSaid(*strace.Event) string {
	l, _ := r.lastBad()
	return firstOf(portIn(l.Text), "bind")
}

func (r *run) hostSaid(*strace.Event) string {
	l, _ := r.lastBad()
	return firstOf(hostIn(l.Text), "the peer")
}

// hostLookup: localhost is a matter of /etc/hosts, which Ops does not supply; any
// other name is one of DNS.
func hostLookup(r *run, _ []string, i int) (id, subject string) {
	text := r.words[i].Text
	name := ""
	if m := lookupOf.FindStringSubmatch(text); m != nil {
		name = strings.Trim(firstGroup(m), `:"'`)
	}
	if name == "" || !strings.ContainsAny(name, ".") && name != "localhost" {
		name = firstOf(hostIn(text), name)
	}
	if strings.Contains(text, "localhost") || strings.HasSuffix(name, ".localhost") || strings.HasPrefix(name, "ip6-") {
		return "missing-data.etc-file", "/etc/hosts"
	}
	if r.nativeWorks() && name != "" && !strings.Contains(name, ".") {
		return "missing-data.etc-file", "/etc/hosts"
	}
	return "network.dns", name
}

func serviceFile(r *run, _ []string, i int) string {
	for k := range r.events() { // what it asked for tells more than what it says
		if e := &r.events()[k]; missing(e) && (e.Path == "/etc/services" || e.Path == "/etc/protocols") {
			return e.Path
		}
	}
	if strings.Contains(strings.ToLower(r.words[i].Text), "proto") {
		return "/etc/protocols"
	}
	return "/etc/services"
}

// memoryWords: the same text comes from popen and fork, which fail for want of a
// second process.
func memoryWords(r *run, _ []string, i int) (id, subject string) {
	if spawnTerms.MatchString(r.words[i].Text) {
		return "process.spawn", spawnedIn(r.words[i].Text)
	}
	return "resource.memory", r.memoryAmount()
}
