package ops

import (
	"cmp"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/nanodiag/nanodiag/internal/guestfs"
	"github.com/nanodiag/nanodiag/internal/nanos"
)

// Project is what a user types after `ops run`, and where.
type Project struct {
	Program      string      // as typed: "./prog"
	Config       *Config     // nil without -c
	Flags        Flags       // Flags.Config is not read here: Config stands for it
	Cwd          string      // absolute; Files and Dirs start here
	Home         string      // OPS home (".../.ops"); "" when there is none
	OpsVersion   string      // "" for a build without a version
	NanosVersion string      // release used without --nanos-version
	HostEnv      []string    // environment of ops, nil for our own; LD_LIBRARY_PATH counts for the closure
	Closure      ClosureFunc // lists the program's libraries; nil: HostClosure
}

// View lists the image that Ops would build, with the reason for every entry in its
// Origin: "program", "closure", "interpreter", "Files[2]", `MapDirs["lib/*"]`,
// "Dirs[0]", `Mounts["vol"]`, or "ops" for what Ops adds itself. Issues of severity
// Error say at what Ops would stop; the tree then holds the rest. The error is for a
// Project that cannot be examined at all.
//
// The directories /dev, /proc and /sys that the kernel serves are not part of the
// image.
func View(p Project) (*guestfs.Tree, []Issue, error) {
	if !filepath.IsAbs(p.Cwd) {
		return nil, nil, fmt.Errorf("view image: working directory %q is not absolute", p.Cwd)
	}
	cwd, err := filepath.EvalSymlinks(p.Cwd) // where ".." leads the kernel
	if err != nil {
		return nil, nil, fmt.Errorf("view image: %w", err)
	}
	e, issues := p.config().ApplyFlags(p.Flags)
	b := &builder{p: p, cwd: cwd, cfg: e, tree: guestfs.New(), issues: issues}
	b.common()
	ok := b.program()
	b.generated()
	for i, f := range e.Files {
		b.file(i, f)
	}
	for _, k := range slices.Sorted(maps.Keys(e.MapDirs)) {
		b.mapDir(k, e.MapDirs[k])
	}
	for i, d := range e.Dirs {
		b.dir(i, d)
	}
	b.mounts()
	if ok {
		b.closure()
	}
	b.release()
	b.machine()
	b.image()
	return b.tree, b.issues, nil
}

// builder adds to the tree as Ops adds to its manifest, in the same order, because
// a later entry replaces an earlier one.
type builder struct {
	p      Project
	cwd    string  // Project.Cwd with its links resolved
	cfg    *Config // flags applied
	tree   *guestfs.Tree
	issues []Issue
}

func (b *builder) problem(s Severity, code, subject, message, hint string, keys ...string) {
	i := b.cfg.issue(s, code, message, hint, keys...)
	i.Key = subject
	b.issues = append(b.issues, i)
}

// host is the absolute form of a path that Ops hands to the operating system. It is
// not cleaned: "link/.." must mean what it means to the kernel.
func (b *builder) host(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return b.cwd + "/" + name
}

// split cuts an image path as Ops does: empty parts vanish, "." and ".." stay as
// names. ok is false where one of those stays: no path of the guest leads there.
func split(name string) (parts []string, ok bool) {
	parts = strings.FieldsFunc(name, func(r rune) bool { return r == '/' })
	return parts, !slices.Contains(parts, ".") && !slices.Contains(parts, "..")
}

// add puts a file of the host into the image. It reports false where Ops would stop.
func (b *builder) add(name, host, origin string, keys ...string) bool {
	info, err := os.Stat(host)
	if err != nil {
		return false
	}
	// Nanos shows every file as 0777 and has one user.
	b.put(name, guestfs.Node{Mode: 0o777, Host: host, Size: info.Size(), Origin: origin}, keys...)
	return true
}

// link copies a symlink, its target verbatim.
func (b *builder) link(name, host, origin string, keys ...string) error {
	if _, err := os.Stat(host); err != nil {
		return err
	}
	target, err := os.Readlink(host)
	if err != nil {
		return err
	}
	b.put(name, guestfs.Node{Mode: fs.ModeSymlink | 0o777, Target: target, Size: int64(len(target)), Origin: origin}, keys...)
	return nil
}

// put adds n, replacing what is there; a directory above it that is a file or a link
// makes Ops crash (a failed type assertion).
func (b *builder) put(name string, n guestfs.Node, keys ...string) {
	if old, ok := b.tree.Lookup(name); ok && old.Mode.IsDir() && !n.Mode.IsDir() {
		b.problem(Warning, "ops.other", name, fmt.Sprintf("%s replaces a directory of the image", name), "", keys...)
		b.tree.Remove(name)
	} else if ok && !old.Mode.IsDir() && n.Mode.IsDir() {
		b.crash(name, keys...)
		return
	}
	if err := b.tree.Add(name, n); err != nil {
		b.crash(name, keys...)
	}
}

func (b *builder) crash(name string, keys ...string) {
	b.problem(Error, "ops.other", name,
		fmt.Sprintf("Ops crashes on %s: a directory of this path is already a file or a link in the image", name),
		"put it under the link's target, or leave the link out", keys...)
}

// common adds the files of Ops's common archive.
func (b *builder) common() {
	for _, f := range commonFiles {
		if f.amd64 && b.arm() {
			continue
		}
		host := ""
		if b.p.Home != "" {
			host = filepath.Join(b.p.Home, "common", f.name)
		}
		if host != "" && b.add(f.path, host, "ops") {
			continue
		}
		// Not unpacked yet: ops does so at its first run. Where even the archive is still to
		// be downloaded, this host's file stands for it, if it has one.
		content := b.fromArchive(f.name)
		if len(content) == 0 && b.add(f.path, f.path, "ops") {
			continue
		}
		b.put(f.path, guestfs.Node{Mode: 0o777, Content: content, Origin: "ops"})
	}
}

func (b *builder) arm() bool {
	return b.p.Flags.Arch == "arm64" || strings.Contains(b.cfg.Kernel, "arm")
}

// generated adds the three files that Ops writes itself.
func (b *builder) generated() {
	var resolv []byte
	for _, ns := range b.cfg.NameServers {
		resolv = fmt.Appendf(resolv, "nameserver  %s\n", ns) // two blanks, as Ops writes it
	}
	b.put("/etc/resolv.conf", guestfs.Node{Mode: 0o777, Content: resolv, Origin: "ops"})
	b.put("/proc/sys/kernel/hostname", guestfs.Node{Mode: 0o777, Content: []byte("uniboot"), Origin: "ops"})
	if n, ok := b.tree.Lookup("/etc/passwd"); !ok || n.Mode.IsDir() {
		b.put("/etc/passwd", guestfs.Node{Mode: 0o777, Content: []byte("root:x:0:0:root:/root:/bin/nobash"), Origin: "ops"})
	}
}

// release checks that the Nanos release and the klibs are installed.
func (b *builder) release() {
	if b.p.Home == "" || b.cfg.Kernel != "" || b.cfg.NightlyBuild {
		return
	}
	version := cmp.Or(b.cfg.NanosVersion, b.p.NanosVersion)
	if version == "" {
		return
	}
	if b.arm() {
		version += "-arm"
	}
	dir := filepath.Join(b.p.Home, version)
	if _, err := os.Stat(filepath.Join(dir, "kernel.img")); err != nil {
		b.problem(Warning, "ops.kernel-not-available", version,
			fmt.Sprintf("Nanos %s is not installed; Ops tries to download it", version), "ops update, or name another release with --nanos-version")
		return
	}
	b.klibs(cmp.Or(b.cfg.KlibDir, filepath.Join(dir, "klibs")), version)
}

// klibs checks that each klib is there, and with it the one that it needs: Nanos stops
// before the program starts otherwise ("missing dependencies for shmem klib"). Ops adds
// tls for cloud_init by itself.
func (b *builder) klibs(dir, version string) {
	for i, k := range b.cfg.Klibs {
		if _, err := os.Stat(filepath.Join(dir, k)); err != nil {
			b.problem(Warning, "ops.klib-not-found", k, fmt.Sprintf("the klib %s is not in this Nanos release", k),
				"ls "+dir, "Klibs", fmt.Sprint(i))
		}
		if need := nanos.KlibNeeds(k, version); need != "" && k != "cloud_init" && !slices.Contains(b.cfg.Klibs, need) {
			b.problem(Warning, "ops.klib-dependency", k, fmt.Sprintf("the klib %s needs %s: Nanos stops at boot without it", k, need),
				fmt.Sprintf("add %q to Klibs", need), "Klibs", fmt.Sprint(i))
		}
	}
}
