package bundler

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Stage writes the plan's entries below dir, which must not exist, be empty, or be
// what an earlier Stage made: it is replaced as a whole, and left alone when anything
// fails, be it a full disk. Files are copies: a link to the host's would change with
// it. A hidden file beside dir (".NAME.nanodiag") tells the next Stage whose it is.
func (p *Plan) Stage(dir string) (err error) {
	dir = filepath.Clean(dir)
	parent := filepath.Dir(dir)
	if err := replaceable(dir); err != nil {
		return fmt.Errorf("stage bundle: %w", err)
	}
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return fmt.Errorf("stage bundle: %w", err)
	}
	tmp, err := os.MkdirTemp(parent, filepath.Base(dir)+".tmp-")
	if err != nil {
		return fmt.Errorf("stage bundle: %w", err)
	}
	defer os.RemoveAll(tmp)
	if err := os.Chmod(tmp, 0o755); err != nil {
		return fmt.Errorf("stage bundle: %w", err)
	}
	for _, e := range p.Entries {
		if err := p.write(tmp, e); err != nil {
			return fmt.Errorf("stage bundle: %s: %w", e.To, err)
		}
	}
	if err := writeStamp(dir); err != nil {
		return fmt.Errorf("stage bundle: %w", err)
	}
	return swap(tmp, dir)
}

// writeStamp marks dir as ours; a mark that could not be written whole is removed.
func writeStamp(dir string) error {
	err := os.WriteFile(stamp(dir), []byte("made by nanodiag; the directory beside it may be replaced\n"), 0o644)
	if err != nil {
		_ = os.Remove(stamp(dir))
	}
	return err
}

func stamp(dir string) string {
	return filepath.Join(filepath.Dir(dir), "."+filepath.Base(dir)+".nanodiag")
}

// replaceable keeps a directory of the user's own from being replaced.
func replaceable(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(entries) == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	if _, err := os.Stat(stamp(dir)); err != nil {
		return fmt.Errorf("%s exists and was not made by nanodiag; remove it or choose another directory", dir)
	}
	return nil
}

// swap puts tmp in the place of dir.
func swap(tmp, dir string) error {
	old := tmp + ".old"
	err := os.Rename(dir, old)
	switch {
	case err == nil:
		defer os.RemoveAll(old)
	case !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("stage bundle: %w", err)
	}
	if err := os.Rename(tmp, dir); err != nil {
		_ = os.Rename(old, dir)
		return fmt.Errorf("stage bundle: %w", err)
	}
	return nil
}

func (p *Plan) write(root string, e Entry) error {
	to := filepath.Join(root, filepath.FromSlash(e.To))
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	switch {
	case e.Kind == KindDir:
		return os.MkdirAll(to, 0o755) // Nanos has no modes, and Ops must read it
	case e.Link != "":
		return os.Symlink(e.Link, to)
	case e.From == "":
		return os.WriteFile(to, e.Content, e.Mode.Perm()|0o400)
	}
	in, err := p.host.FS.Open(rel(e.From))
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, e.Mode.Perm()|0o400)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		out.Close()
		return err
	}
	return out.Close()
}
