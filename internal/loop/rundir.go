package loop

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// newRunDir makes the directory that keeps everything of one diagnosis: logs,
// configurations, the staged bundle, the report. It is private (0700), since
// arguments and file contents may be secret, and its parent carries a .gitignore
// so that none of it is committed by accident.
func newRunDir(parent string, now time.Time) (string, error) {
	if err := os.MkdirAll(parent, 0o700); err != nil {
		return "", fmt.Errorf("run directory: %w; choose another place with --run-dir", err)
	}
	ignore := filepath.Join(parent, ".gitignore")
	if _, err := os.Lstat(ignore); errors.Is(err, fs.ErrNotExist) {
		if err := os.WriteFile(ignore, []byte("*\n"), 0o600); err != nil {
			return "", fmt.Errorf("run directory: %w; choose another place with --run-dir", err)
		}
	}
	stamp := now.UTC().Format("2006-01-02T15-04-05Z")
	for i := 1; ; i++ {
		dir := filepath.Join(parent, stamp)
		if i > 1 {
			dir = fmt.Sprintf("%s-%d", dir, i)
		}
		err := os.Mkdir(dir, 0o700)
		if err == nil {
			return dir, nil
		}
		if !errors.Is(err, fs.ErrExist) {
			return "", fmt.Errorf("run directory: %w; choose another place with --run-dir", err)
		}
	}
}
