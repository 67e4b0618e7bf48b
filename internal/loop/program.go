package loop

import (
	"debug/elf"
	"errors"
	"fmt"
	"os"

	"github.com/nanodiag/nanodiag/elfdeps"
	"github.com/nanodiag/nanodiag/internal/ops"
)

// checkProgram finds what makes the program's file one that no Nanos kernel starts.
// Ops looks at no more than the magic and whether the machine is arm64: i386,
// riscv64, object files and damaged ELF get into the image and die there with
// signal 11 and no word.
func checkProgram(p ops.Project) (ops.Issue, bool) {
	bad := func(code, message, hint string) (ops.Issue, bool) {
		return ops.Issue{Code: code, Severity: ops.Error, Key: p.Program, Message: p.Program + " " + message, Hint: hint}, true
	}
	f, err := os.Open(p.HostProgram())
	if err != nil {
		return bad("ops.program-not-found", fmt.Sprintf("cannot be read: %v", errors.Unwrap(err)), "make it readable for this user")
	}
	defer f.Close()
	e, err := elfdeps.Parse(f)
	var format *elfdeps.FormatError
	switch {
	case errors.Is(err, elfdeps.ErrNotELF):
		return bad("bad-program.not-elf", "is not an ELF program: "+err.Error(), "give the ELF program; for a script, its interpreter with the script as argument and in Files")
	case errors.Is(err, elfdeps.ErrNotProgram):
		return bad("bad-program.not-executable", "is ELF, but an object file or a core dump, which nothing starts", "link it to a program")
	case errors.As(err, &format):
		return bad("bad-program.corrupt-elf", "is damaged: "+err.Error(), "build it again, or repeat the copy and compare the sizes")
	case err != nil:
		return bad("bad-program.corrupt-elf", "cannot be read as ELF: "+err.Error(), "build it again")
	case e.Class != elf.ELFCLASS64 || (e.Machine != elf.EM_X86_64 && e.Machine != elf.EM_AARCH64):
		return bad("bad-program.wrong-arch", fmt.Sprintf("is built for another machine (%s, %s); Nanos runs x86-64 and arm64", e.Class, e.Machine), "build it for x86-64 (GOARCH=amd64, --target=x86_64-unknown-linux-gnu, -m64)")
	case e.Machine == elf.EM_AARCH64 && p.Flags.Arch != "arm64":
		return bad("bad-program.wrong-arch", "is built for arm64; the kernel and this host are x86-64", "build it for x86-64 (GOARCH=amd64, --target=x86_64-unknown-linux-gnu)")
	case e.Type == elf.ET_REL || !e.Loadable:
		return bad("bad-program.not-executable", "is ELF, but nothing that can be started", "link it to a program")
	case e.Entry == 0 && e.Interpreter == "":
		return bad("bad-program.not-executable", "is a shared library: it has no entry point", "give the program that loads it")
	}
	if info, err := f.Stat(); err == nil && info.Mode()&0o111 == 0 {
		return bad("bad-program.not-executable", "may not be executed; Ops runs it on this host to list its libraries", "chmod +x "+p.Program)
	}
	return ops.Issue{}, false
}
