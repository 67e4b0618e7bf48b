package ops

import (
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/nanodiag/nanodiag/internal/guestfs"
)

// Libraries is the program's DT_NEEDED closure as the host's loader lists it.
type Libraries struct {
	Interpreter string   // PT_INTERP as written; "" for a static program
	Paths       []string // absolute, as found (symlinks not resolved), without the interpreter
	Missing     []string // sonames that were not found
}

// ClosureFunc lists the libraries of the program at the host path; LD_LIBRARY_PATH
// and LD_PRELOAD of env count.
type ClosureFunc func(program string, env []string, cwd string) (Libraries, error)

// closure adds the libraries by Ops's rules. Ops runs the program with
// LD_TRACE_LOADED_OBJECTS=1 and takes the last but one word of every line as a path,
// so a path with a blank is lost; it adds the libraries last and ignores errors.
func (b *builder) closure() {
	host := b.programHost()
	typed := b.p.program(b.cfg)
	if needed, err := imports(host); err != nil || !needed {
		return // Ops lists nothing for a program without DT_NEEDED, or whose ELF it cannot read
	}
	env := b.p.hostEnv()
	if b.cfg.TargetRoot != "" {
		env = append(env[:len(env):len(env)], "LD_LIBRARY_PATH="+b.cfg.TargetRoot)
	}
	list := b.p.Closure
	if list == nil {
		list = HostClosure
	}
	libs, err := list(host, env, b.p.Cwd)
	if err != nil {
		b.problem(Warning, "ops.ldd-failed", typed, fmt.Sprintf("the libraries of %s cannot be listed: %v", typed, err), "")
		return
	}
	if libs.Interpreter != "" {
		if _, err := os.Stat(libs.Interpreter); err != nil {
			b.problem(Error, "missing-lib.interpreter", libs.Interpreter,
				fmt.Sprintf(`the loader %s is not on this host; Ops stops with "fork/exec %s: no such file or directory"`, libs.Interpreter, typed),
				"install it, or link statically")
			return
		}
		if !strings.Contains(libs.Interpreter, "ld-linux") {
			b.problem(Error, "ops.ldd-failed", typed,
				fmt.Sprintf("Ops runs %s itself instead of listing its libraries, because %s does not know LD_TRACE_LOADED_OBJECTS, and stops", typed, libs.Interpreter),
				"link it statically")
			return
		}
	}
	for _, m := range libs.Missing {
		b.problem(Error, "missing-lib.needed-on-host", m, fmt.Sprintf("%s, which %s needs, is not found on this host; Ops stops", m, typed),
			"install it, or set LD_LIBRARY_PATH to its directory")
	}
	for _, p := range libs.Paths {
		b.library(p, "closure")
	}
	if libs.Interpreter != "" {
		b.library(libs.Interpreter, "interpreter")
	}
}

// library adds one file of the closure at the place that Ops computes for it.
func (b *builder) library(found, origin string) {
	if i := strings.LastIndexByte(found, ' '); i >= 0 {
		b.problem(Warning, "missing-lib.search-path", found,
			fmt.Sprintf("Ops loses %s: it cannot read a path with a blank", found), "use a path without blanks")
		found = b.host(found[i+1:])
	}
	image, host := b.libraryPaths(found)
	parts, reachable := split(image)
	if len(parts) == 0 || !reachable {
		return
	}
	if !b.add(path.Join("/", image), b.host(host), origin) {
		// Ops has made the directories by now, and goes on.
		b.put(path.Dir(path.Join("/", image)), guestfs.Node{Mode: fs.ModeDir | 0o755, Origin: origin})
		hint := "run from another working directory"
		if b.cfg.TargetRoot != "" {
			hint = "put it into the target root"
			if absoluteLink(b.host(host)) {
				hint = "it is an absolute link, which leads out of the target root: make it relative, or let nanodiag bundle it"
			}
		}
		b.problem(Warning, "missing-lib.search-path", found, fmt.Sprintf("Ops loses %s: it looks for %q", found, host), hint)
	} else if path.Join("/", image) != found && b.cfg.TargetRoot == "" {
		b.problem(Note, "missing-lib.search-path", found,
			fmt.Sprintf("Ops stores %s as %s, because it lies below the working directory", found, path.Join("/", image)),
			"the guest's loader must search that directory")
	}
}

// libraryPaths is Ops's arithmetic: the image path and the host path (relative ones
// start at the working directory) of a library that the loader found.
func (b *builder) libraryPaths(found string) (image, host string) {
	root := "/"
	if b.cfg.TargetRoot != "" {
		root = filepath.Clean(b.host(b.cfg.TargetRoot))
	}
	p := filepath.Clean(b.host(found))
	if !strings.HasPrefix(p, root) {
		p = filepath.Join(root, p)
	}
	// A bare prefix test, off by one for "/": with / as working directory "/lib/x"
	// becomes "ib/x", and with /usr/lib "/usr/lib64/x" becomes "4/x".
	if cwd := filepath.Clean(b.p.Cwd); strings.HasPrefix(p, cwd) && len(p) > len(cwd) {
		p = p[len(cwd)+1:]
	}
	return strings.TrimPrefix(p, root), p
}

// imports reports whether the ELF file has DT_NEEDED entries as Ops sees them: by the
// section headers, so a program without those gets no libraries.
func imports(host string) (needed bool, err error) {
	defer func() {
		if r := recover(); r != nil { // debug/elf is not hardened against hostile files
			needed, err = false, errors.New("damaged ELF file")
		}
	}()
	f, err := elf.Open(host)
	if err != nil {
		return false, err
	}
	defer f.Close()
	libs, err := f.ImportedLibraries()
	return len(libs) > 0, err
}

// absoluteLink reports whether name is a symlink with an absolute target.
func absoluteLink(name string) bool {
	target, err := os.Readlink(name)
	return err == nil && filepath.IsAbs(target)
}
