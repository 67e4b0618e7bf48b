package loop

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/nanodiag/nanodiag/internal/ops"
)

// A variable's name is looked for where a program may have it from: its own file, its
// arguments, where it counts as a word only, and a script among them.
func TestMentions(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"prog": "\x7fELF TOKEN_A", "main.py": `os.environ["TOKEN_B"]`} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p := ops.Project{Program: "prog", Cwd: dir, Config: &ops.Config{Args: []string{"main.py", `print(ENV["TOKEN_C"])`, "TOKEN_D_FILE"}}}
	has := mentions(p)
	for name, want := range map[string]bool{"TOKEN_A": true, "TOKEN_B": true, "TOKEN_C": true, "TOKEN_D": false, "TOKEN_E": false} {
		if has(name) != want {
			t.Errorf("%s: %v, want %v", name, !want, want)
		}
	}
}
