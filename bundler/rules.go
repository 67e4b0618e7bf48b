package bundler

import (
	"path"
	"strings"
)

// matcher is a list of patterns: of a whole path, of a base name, or a directory
// that everything below it belongs to.
type matcher []string

func newMatcher(patterns []string) matcher {
	m := make(matcher, len(patterns))
	for i, p := range patterns {
		m[i] = strings.TrimSuffix(p, "/")
	}
	return m
}

func (m matcher) match(p string) bool {
	for _, pattern := range m {
		if pattern == "" {
			continue
		}
		if p == pattern || strings.HasPrefix(p, pattern+"/") {
			return true
		}
		if ok, _ := path.Match(pattern, p); ok {
			return true
		}
		if ok, _ := path.Match(pattern, path.Base(p)); ok && !strings.Contains(pattern, "/") {
			return true
		}
	}
	return false
}

// systemPath: the kernel makes what lies there.
func systemPath(p string) bool {
	for _, d := range [...]string{"/proc", "/sys", "/dev"} {
		if p == d || strings.HasPrefix(p, d+"/") {
			return true
		}
	}
	return false
}

// ownFile: part of the machinery, not of the program's needs. The host's loader
// cache names the host's libraries; the image gets its own.
func ownFile(p string) bool {
	return p == loaderCache || p == "/etc/ld.so.preload" || strings.Contains(p+"/", "/.nanodiag/")
}

// secretPaths are patterns of what no image should carry by accident, with what to
// call it.
var secretPaths = []struct{ pattern, what string }{
	{"/etc/shadow", "the password file"}, {"/etc/shadow-", "the password file"},
	{"/etc/gshadow", "the password file"}, {"/etc/gshadow-", "the password file"},
	{"/etc/sudoers", "sudo's configuration"},
	{"/etc/ssh/ssh_host_*_key", "a host key"},
	{"/etc/ssl/private/*", "a private key"},
	{"/etc/krb5.keytab", "a key table"},
	{"*/.ssh/*", "an SSH file"}, {"*/.gnupg/*", "a GnuPG file"},
	{"*/.aws/credentials", "a credential"}, {"*/.netrc", "a credential"}, {"*/.pgpass", "a credential"},
	{"*/.docker/config.json", "a credential"}, {"*/.config/gcloud/*", "a credential"}, {"*/.kube/config", "a credential"},
	{"*/.git-credentials", "a credential"}, {"*/.npmrc", "a credential"},
	{"*_history", "a shell's history"},
}

// secret returns what p is, when it is something that stays at home.
func secret(p string) string {
	for _, s := range secretPaths {
		pattern := s.pattern
		if ok, _ := path.Match(pattern, p); ok {
			return s.what
		}
		// "*/x" matches at any depth, which path.Match's star does not.
		tail, ok := strings.CutPrefix(pattern, "*")
		if !ok {
			continue
		}
		parts := strings.Count(tail, "/")
		cut := p
		for range parts {
			cut = cut[:max(0, strings.LastIndexByte(cut, '/'))]
		}
		rest := p[len(cut):]
		if parts == 0 {
			rest = path.Base(p)
			tail = "*" + tail
		}
		if ok, _ := path.Match(tail, rest); ok {
			return s.what
		}
	}
	return ""
}

// replacedFiles are those that Ops writes into every image, and that natively said
// more than Ops's version does. /etc/resolv.conf and the hostname are not among
// them: those must fit the guest.
var replacedFiles = map[string]string{
	"/etc/passwd": "was read, and the one that Ops makes has a single user",
}
