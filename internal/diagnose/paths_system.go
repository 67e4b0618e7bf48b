package diagnose

import (
	"math"
	"path"
	"slices"
	"strings"

	"github.com/nanodiag/nanodiag/internal/lazyregexp"
)

// generatedByOps are the files that Ops writes into every image.
var generatedByOps = []string{"/etc/passwd", "/etc/resolv.conf", "/etc/hostname", "/proc/sys/kernel/hostname"}

func generated(r *run, a access) bool {
	return a.opened && slices.Contains(generatedByOps, pathKey(a.path))
}

// gconvModule names the module that the native run loaded after the registry, as that
// is what the conversion needs.
func gconvModule(r *run, a access) string {
	if a.lib != nil || r.native == nil {
		return a.path
	}
	first, firstSaid := "", math.MaxInt
	for i := a.fate.at; i < len(r.native.events); i++ {
		e := &r.native.events[i]
		if !e.OK() || !strings.Contains(e.Path, "/gconv/") || !isLibrary(e.Path) {
			continue
		}
		at := r.charsetSaid(strings.TrimSuffix(path.Base(e.Path), ".so"))
		if first == "" || at < firstSaid {
			first, firstSaid = e.Path, at
		}
	}
	return firstOf(first, a.path)
}

// charsetSaid is where the program's words first name a character set, MaxInt where
// they do not. Its module's name may lack a hyphen: ISO8859-1.so.
func (r *run) charsetSaid(name string) int {
	plain := func(s string) string { return strings.ReplaceAll(strings.ToLower(s), "-", "") }
	for i, l := range r.words {
		if strings.Contains(plain(l.Text), plain(name)) {
			return i
		}
	}
	return math.MaxInt
}

// registryPaths: files that tell a loader of drivers which libraries to open.
var registryPaths = lazyregexp.New(`/OpenCL/vendors|\.icd$|/vulkan/(icd|implicit_layer|explicit_layer)\.d|/vulkan/icd|` +

	`egl_vendor\.d|egl_external_platform\.d|/odbc(inst)?\.ini$|/alsa(/|\.conf|-lib)|/asound\.conf$|/vdpau|/dri/drirc|/openmpi-mca|/libibverbs\.d|/cufile\.json$`)

func registry(r *run, a access) bool {
	return registryPaths.MatchString(a.path) || r.nativeBelow(a, func(p string) bool { return strings.HasSuffix(p, ".icd") }) != ""
}

// registryFile is the file that the native run read in the registry's directory.
func registryFile(r *run, a access) string {
	if p := r.nativeBelow(a, func(p string) bool { return registryPaths.MatchString(p) || strings.HasSuffix(p, ".icd") }); p != "" {
		return p
	}
	return a.path
}

var (
	certificateFile  = lazyregexp.New(`\.(pem|crt|cer|p7b)$|/certs(/|$)|ca[-_]?(bundle|cert|file)|/cert\.pem$`)
	certificatePlace = lazyregexp.New(`/certs(/|$)|ca[-_]?(bundle|certificates|certs?)[^/]*$|/ssl/cert\.pem$|cacert\.pem$`)
	tlsWords         = lazyregexp.New(`(?i)certificate|x509|\btls\b|\bssl\b|unknown authority|self[- ]signed|verify`)
)

// certificates: a place where CA bundles lie, or any certificate file when the words
// are about certificates.
func certificates(r *run, a access) bool {
	return certificatePlace.MatchString(a.path) || certificateFile.MatchString(a.path) && tlsWords.MatchString(r.said)
}

// systemDatabases are the files below /etc that the C library and language runtimes
// read by themselves; other files there belong to the program.
var systemDatabases = []string{
	"/etc/hosts", "/etc/group", "/etc/passwd", "/etc/shadow", "/etc/gshadow", "/etc/services", "/etc/protocols", "/etc/networks",
	"/etc/ethers", "/etc/rpc", "/etc/shells", "/etc/nsswitch.conf", "/etc/host.conf", "/etc/gai.conf", "/etc/resolv.conf",
	"/etc/localtime", "/etc/timezone", "/etc/mime.types", "/etc/hostname", "/etc/machine-id", "/etc/os-release", "/etc/aliases",
	"/etc/subuid", "/etc/subgid", "/etc/environment", "/etc/login.defs", "/etc/magic", "/etc/bindresvport.blacklist",
}

func systemDatabase(_ *run, a access) bool {
	key := pathKey(a.path)
	return slices.Contains(systemDatabases, key) || under(key, "/usr/share/zoneinfo") || under(key, "/etc/pam.d")
}
