package ops

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"github.com/nanodiag/nanodiag/internal/guestfs"
)

// program adds the program and reports whether its libraries can be listed.
func (b *builder) program() bool {
	typed := b.p.program(b.cfg)
	if typed == "" {
		b.problem(Error, "ops.program-not-found", "", "no program is named", "name the ELF file to run")
		return false
	}
	where := b.programHost()
	info, err := os.Stat(where)
	switch {
	case err != nil:
		b.problem(Error, "ops.program-not-found", typed, fmt.Sprintf("the program %s is not there", typed),
			"check the path; it is relative to the working directory", "Program")
		return false
	case !b.exists(typed):
		b.problem(Error, "ops.program-not-found", typed, fmt.Sprintf("the program %s is in the target root only; Ops looks for it on the host first, and stops", typed),
			"name it by a path that exists on the host too", "Program")
		return false
	case info.IsDir():
		b.problem(Error, "ops.program-not-found", typed, fmt.Sprintf("%s is a directory", typed), "name the program in it", "Program")
		return false
	}
	name := guestProgram(typed)
	b.put(name, guestfs.Node{Mode: 0o777, Host: where, Size: info.Size(), Origin: "program"}, "Program")
	if l, err := os.Lstat(where); err == nil && l.Mode()&fs.ModeSymlink != 0 {
		real, _ := filepath.EvalSymlinks(where)
		b.problem(Warning, "bad-program.symlinked", typed,
			fmt.Sprintf("%s is a symlink; in the image its content lies at %s, away from what lies beside %s", typed, name, real),
			"name the program by its real path "+real, "Program")
	}
	return b.checkELF(typed, where)
}

// GuestProgram is the path at which Ops puts the program.
func (p Project) GuestProgram() string {
	e, _ := p.config().ApplyFlags(p.Flags)
	return guestProgram(p.program(e))
}

// HostProgram is the file that Ops reads as the program.
func (p Project) HostProgram() string {
	e, _ := p.config().ApplyFlags(p.Flags)
	return (&builder{p: p, cwd: p.Cwd, cfg: e}).programHost()
}

func guestProgram(typed string) string { return path.Join("/", typed) }

func (b *builder) programHost() string {
	typed := b.p.program(b.cfg)
	if filepath.IsAbs(typed) {
		return b.host(filepath.Join(b.cfg.TargetRoot, typed))
	}
	return b.host(typed)
}

// exists is the first look of Ops at the program, without -r: it must be there, or
// in OPS home.
func (b *builder) exists(typed string) bool {
	if _, err := os.Stat(b.host(typed)); err == nil {
		return true
	}
	_, err := os.Stat(filepath.Join(b.p.Home, typed))
	return b.p.Home != "" && err == nil
}

// checkELF says what Ops, which looks at no more than the machine and the magic,
// lets pass or not.
func (b *builder) checkELF(typed, host string) bool {
	f, err := os.Open(host)
	if err != nil {
		b.problem(Error, "ops.other", typed, fmt.Sprintf("Ops cannot read %s: %v", typed, errors.Unwrap(err)), "", "Program")
		return false
	}
	defer f.Close()
	head := make([]byte, 20)
	n, _ := f.Read(head)
	head = head[:n]
	if !bytes.HasPrefix(head, []byte(elf.ELFMAG)) {
		b.problem(Error, "bad-program.not-elf", typed, fmt.Sprintf("%s is not an ELF program", typed), notELFHint(head), "Program")
		return false
	}
	if n < 20 {
		b.problem(Error, "bad-program.corrupt-elf", typed, fmt.Sprintf("%s is cut off after %d bytes", typed, n), "build it again", "Program")
		return false
	}
	if arm := head[18] == byte(elf.EM_AARCH64); arm != b.arm() {
		b.problem(Error, "bad-program.wrong-arch", typed,
			fmt.Sprintf("Ops refuses %s: the kernel is for another machine", typed), "build it for the kernel's machine, or use --arch", "Program")
		return false
	}
	return true
}

func notELFHint(head []byte) string {
	switch {
	case bytes.HasPrefix(head, []byte("#!")):
		return "it is a script: run its interpreter and give the script as argument, with the script in Files"
	case bytes.HasPrefix(head, []byte("\xcf\xfa\xed\xfe")), bytes.HasPrefix(head, []byte("\xca\xfe\xba\xbe")):
		return "it is a macOS program: build it for Linux (GOOS=linux)"
	case bytes.HasPrefix(head, []byte("MZ")):
		return "it is a Windows program: build it for Linux"
	}
	return "build it for Linux"
}
