package ops

import (
	"context"
	"debug/buildinfo"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/nanodiag/nanodiag/internal/lazyregexp"
	"github.com/nanodiag/nanodiag/internal/nanos"
)

// Installation is what this host has for running guests.
type Installation struct {
	Ops         string    // path of the ops command; "" when there is none
	Version     string    // of ops, "" when it does not say
	Home        string    // OPS home, ".../.ops"; it may not exist yet
	Nanos       string    // the release that `ops run` uses; "" when none is installed
	Releases    []Release // installed, oldest first
	QEMU        string    // path of qemu-system-x86_64; "" when there is none
	QEMUVersion string    // filled in by Probe
	KVM         error     // nil when virtual machines can be created
	DefaultConf string    // a config that Ops reads before the user's: $OPS_DEFAULT_CONFIG or ~/.opsrc; "" when there is none
	Lacks       []Lack
}

// Release is one installed Nanos release.
type Release struct {
	Version string
	Dir     string
	Klibs   []string // sorted
}

// Lack is one thing that is missing, with the command that cures it.
type Lack struct {
	What  string // "ops", "nanos", "qemu", "kvm"
	Why   string // one sentence
	Hint  string // the command to type; "" when there is none
	Fatal bool   // guests cannot run without it
}

const (
	installOps   = "curl https://ops.city/get.sh -sSfL | sh"
	installQEMU  = "sudo apt install qemu-system-x86"
	installNanos = "ops update"
)

// Find looks at this host; it starts nothing and asks no network. The error is for a
// host without a home directory.
func Find() (Installation, error) { return find(os.Getenv) }

func find(getenv func(string) string) (Installation, error) {
	var in Installation
	user := getenv("HOME")
	switch {
	case getenv("OPS_HOME") != "": // the parent of .ops, as Ops reads it
		in.Home = filepath.Join(getenv("OPS_HOME"), ".ops")
	case user != "":
		in.Home = filepath.Join(user, ".ops")
	default:
		return in, errors.New("find ops: neither HOME nor OPS_HOME is set")
	}
	in.findOps(getenv)
	in.findReleases()
	if q, err := exec.LookPath("qemu-system-x86_64"); err == nil {
		in.QEMU = q
	} else {
		in.lack("qemu", "qemu-system-x86_64 is not on PATH", installQEMU, true)
	}
	if in.KVM = tryKVM("/dev/kvm"); in.KVM != nil {
		hint := ""
		if errors.Is(in.KVM, fs.ErrPermission) {
			hint = "sudo usermod -aG kvm $USER, and log in again"
		}
		in.lack("kvm", in.KVM.Error()+"; guests run in software, several times slower", hint, false)
	}
	in.DefaultConf = getenv("OPS_DEFAULT_CONFIG")
	if rc := filepath.Join(user, ".opsrc"); in.DefaultConf == "" && user != "" {
		if _, err := os.Stat(rc); err == nil {
			in.DefaultConf = rc
		}
	}
	return in, nil
}

func (in *Installation) lack(what, why, hint string, fatal bool) {
	in.Lacks = append(in.Lacks, Lack{What: what, Why: why, Hint: hint, Fatal: fatal})
}

// Usable reports whether guests can run; if not, the first Lack that prevents it.
func (in Installation) Usable() (Lack, bool) {
	i := slices.IndexFunc(in.Lacks, func(l Lack) bool { return l.Fatal })
	if i < 0 {
		return Lack{}, true
	}
	return in.Lacks[i], false
}

func (in *Installation) findOps(getenv func(string) string) {
	if p, err := exec.LookPath("ops"); err == nil {
		in.Ops = p
	} else {
		// The installer puts it there and asks for a new shell to see it.
		for _, dir := range []string{getenv("OPS_DIR"), in.Home} {
			p := filepath.Join(dir, "bin", "ops")
			if info, err := os.Stat(p); dir != "" && err == nil && info.Mode()&0o111 != 0 {
				in.Ops = p
				break
			}
		}
	}
	if in.Ops == "" {
		in.lack("ops", "ops is not on PATH", installOps, true)
		return
	}
	in.Version = builtVersion(in.Ops)
}

// linkedVersion is how release builds of Ops get their version.
var linkedVersion = lazyregexp.New(`nanovms/ops/lepton\.Version=([^\s"']+)`)

// builtVersion reads the version that was linked into the binary. `ops version`
// would ask the network first.
func builtVersion(path string) string {
	info, err := buildinfo.ReadFile(path)
	if err != nil {
		return ""
	}
	for _, s := range info.Settings {
		if m := linkedVersion.FindStringSubmatch(s.Value); s.Key == "-ldflags" && m != nil {
			return m[1]
		}
	}
	return ""
}

func (in *Installation) findReleases() {
	entries, err := os.ReadDir(in.Home)
	if err == nil {
		for _, e := range entries {
			dir := filepath.Join(in.Home, e.Name())
			if _, err := os.Stat(filepath.Join(dir, "kernel.img")); err != nil {
				continue
			}
			r := Release{Version: e.Name(), Dir: dir}
			klibs, _ := os.ReadDir(filepath.Join(dir, "klibs")) // sorted
			for _, k := range klibs {
				if !k.IsDir() {
					r.Klibs = append(r.Klibs, k.Name())
				}
			}
			in.Releases = append(in.Releases, r)
		}
	}
	slices.SortFunc(in.Releases, func(a, b Release) int { return nanos.Compare(a.Version, b.Version) })
	if b, err := os.ReadFile(filepath.Join(in.Home, "latest.txt")); err == nil {
		in.Nanos = strings.TrimSpace(string(b))
	}
	switch {
	case in.Nanos == "" && len(in.Releases) == 0:
		in.lack("nanos", "no Nanos release is installed; ops downloads one at its first run", installNanos, false)
	case in.Nanos == "":
		in.lack("nanos", "no release is marked as the current one", installNanos, false)
	case !slices.ContainsFunc(in.Releases, func(r Release) bool { return r.Version == in.Nanos }):
		in.lack("nanos", fmt.Sprintf("Nanos %s is named in latest.txt and is not installed", in.Nanos), installNanos, true)
	}
}

// Release returns the installed release of that version.
func (in Installation) Release(version string) (Release, bool) {
	for _, r := range in.Releases {
		if r.Version == version {
			return r, true
		}
	}
	return Release{}, false
}

var dottedNumber = lazyregexp.New(`[0-9]+\.[0-9]+(\.[0-9]+)?`)

// Probe asks ops and QEMU for their versions where Find could not tell; both are
// started, and ops looks for news on the network, so it gets three seconds.
func (in *Installation) Probe(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	ask := func(name string, args ...string) []byte {
		cmd := exec.CommandContext(ctx, name, args...)
		cmd.WaitDelay = 100 * time.Millisecond // what it started may hold its output open
		out, _ := cmd.Output()
		return out
	}
	if in.QEMU != "" {
		out := ask(in.QEMU, "--version")
		in.QEMUVersion = dottedNumber.FindString(string(out))
	}
	if in.Ops != "" && in.Version == "" {
		out := ask(in.Ops, "version")
		for line := range strings.Lines(string(out)) {
			if v, ok := strings.CutPrefix(line, "Ops version: "); ok {
				in.Version = strings.TrimSpace(v)
			}
		}
	}
}
