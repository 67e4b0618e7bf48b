package ops

import (
	"debug/elf"
	"fmt"
	"os/exec"
	"strings"
)

// HostClosure asks the program's own loader to list the libraries, without running
// the program.
func HostClosure(program string, env []string, cwd string) (Libraries, error) {
	f, err := elf.Open(program)
	if err != nil {
		return Libraries{}, err
	}
	defer f.Close()
	var libs Libraries
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			b := make([]byte, min(p.Filesz, 4096))
			_, _ = p.ReadAt(b, 0)
			libs.Interpreter = strings.TrimRight(string(b), "\x00")
		}
	}
	if libs.Interpreter == "" {
		return libs, nil
	}
	cmd := exec.Command(libs.Interpreter, "--list", program)
	cmd.Env, cmd.Dir = env, cwd
	out, err := cmd.Output()
	if err != nil {
		return libs, fmt.Errorf("list libraries: %w", err)
	}
	for line := range strings.Lines(string(out)) {
		name, rest, ok := strings.Cut(strings.TrimSpace(line), " => ")
		switch p, _, _ := strings.Cut(rest, " (0x"); {
		case !ok || name == libs.Interpreter:
		case p == "not found":
			libs.Missing = append(libs.Missing, name)
		default:
			libs.Paths = append(libs.Paths, p)
		}
	}
	return libs, nil
}
