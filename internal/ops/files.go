package ops

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/nanodiag/nanodiag/internal/guestfs"
)

// file adds one entry of Files. Ops looks every one up as cwd + "/" + entry, so an
// absolute path is not found, and -r and LocalFilesParentDirectory do not count.
func (b *builder) file(i int, f string) {
	keys := []string{"Files", strconv.Itoa(i)}
	origin := fmt.Sprintf("Files[%d]", i)
	parts, reachable := split(f)
	if len(parts) == 0 {
		b.problem(Error, "ops.config-value", f, fmt.Sprintf("%s is empty: Ops crashes", origin), "remove it", keys...)
		return
	}
	host := b.cwd + "/" + f // for an absolute f too
	info, err := os.Stat(host)
	if err != nil {
		b.missing(f, host, err, keys)
		return
	}
	if info.IsDir() {
		b.problem(Error, "ops.config-value", f, fmt.Sprintf("%s names the directory %s: Ops cannot read it as a file", origin, f),
			"list it under Dirs", keys...)
		b.mend(fmt.Sprintf("listing %s under Dirs", f), keys, "remove", nil, b.cfg.addTo("Dirs", f)...)
		return
	}
	if err := readable(host); err != nil {
		b.problem(Error, "ops.other", f, fmt.Sprintf("Ops cannot read %s: %v", f, err), "make it readable", keys...)
		return
	}
	if !reachable {
		b.unreachable(f, origin, keys)
		return
	}
	b.add(f, host, origin, keys...)
}

func (b *builder) missing(f, host string, err error, keys []string) {
	if filepath.IsAbs(f) {
		if _, e := os.Stat(f); e == nil {
			b.problem(Error, "ops.files-absolute-path", f,
				fmt.Sprintf("Ops looks for %s below the working directory, and stops", f),
				fmt.Sprintf("use MapDirs {%q: %q}", f+"*", filepath.Dir(f)), keys...)
			b.mend(fmt.Sprintf("bringing %s by MapDirs", f), keys, "remove", nil, b.cfg.addTo("MapDirs", chain(f))...)
			return
		}
	}
	b.problem(Error, "ops.file-missing", f, fmt.Sprintf("%s is not there (%s); Ops stops", f, reason(err)),
		"Files are relative to the working directory "+b.p.Cwd, keys...)
}

// unreachable reports an entry such as "./a": Ops stores it in a directory whose
// name is ".", and the guest, which reads "." as "here", never finds it.
func (b *builder) unreachable(f, origin string, keys []string) {
	hint := ""
	if clean := filepath.Clean(f); !strings.HasPrefix(clean, "..") && clean != "." {
		hint = fmt.Sprintf("write %q", clean)
	} else {
		hint = fmt.Sprintf("use MapDirs with the directory wanted in the image, such as {%q: \"/\"}", f)
	}
	b.problem(Warning, "ops.files-dot-path", f,
		fmt.Sprintf(`Ops stores %s below a directory named "." or "..", where the guest never finds it`, f), hint, keys...)
	if clean := filepath.Clean(f); filepath.IsLocal(clean) && clean != "." {
		b.mend(fmt.Sprintf("writing %s as %s", f, clean), keys, "replace", clean)
	}
}

// chain maps an absolute path to its own place, and with a link what it points to.
func chain(f string) map[string]any {
	const maxLinks = 40 // the kernel's own limit
	m := map[string]any{}
	for range maxLinks {
		m[f] = filepath.Dir(f)
		to, err := os.Readlink(f)
		if err != nil {
			break
		}
		if !filepath.IsAbs(to) {
			to = filepath.Join(filepath.Dir(f), to)
		}
		f = to
	}
	return m
}

func reason(err error) string {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return errno.Error()
	}
	return err.Error()
}

// readable asks the kernel without opening: an open of a fifo would hang.
func readable(host string) error {
	if err := syscall.Access(host, 4); err != nil { // R_OK
		return err
	}
	return nil
}

// dir adds one entry of Dirs: everything below it, at its own path.
func (b *builder) dir(i int, d string) {
	keys := []string{"Dirs", strconv.Itoa(i)}
	origin := fmt.Sprintf("Dirs[%d]", i)
	start := b.host(d)
	info, err := os.Lstat(start)
	if err != nil {
		b.problem(Error, "ops.file-missing", d, fmt.Sprintf("the directory %s is not there (%s); Ops stops", d, reason(err)),
			"Dirs are relative to the working directory "+b.p.Cwd, keys...)
		return
	}
	if info.Mode()&fs.ModeSymlink != 0 {
		b.problem(Warning, "missing-data.symlink-target", d,
			fmt.Sprintf("%s is a symlink: Ops copies the link and not what it points to", d),
			fmt.Sprintf("write %q, or name the real directory", d+"/"), keys...)
	}
	if _, ok := split(filepath.Clean(d)); !ok && filepath.Clean(d) != "." {
		b.unreachable(d, origin, keys)
		return
	}
	b.walk(start, func(host string, info fs.FileInfo) error {
		rel, err := filepath.Rel(b.cwd, host)
		if filepath.IsAbs(d) {
			rel, err = host, nil
		}
		if err != nil {
			return err
		}
		return b.entry(rel, host, info, origin, false, keys)
	}, d, keys)
}

// mapDir adds one entry of MapDirs: "dir/pattern" → image directory. The pattern is
// compared with the base name at every depth, a match keeps its path below dir.
func (b *builder) mapDir(key, dest string) {
	keys := []string{"MapDirs", key}
	origin := fmt.Sprintf("MapDirs[%q]", key)
	for _, arg := range append([]string{b.p.program(b.cfg)}, b.cfg.Args...) {
		if arg == filepath.Base(dest) {
			b.problem(Error, "ops.config-value", key,
				fmt.Sprintf("Ops refuses %s: an argument equals %q, the last part of its directory", origin, arg),
				"map to another directory, or pass the argument another way", keys...)
		}
	}
	src := filepath.Join(b.cfg.dir(), key)
	if filepath.IsAbs(key) {
		src = filepath.Join(b.cfg.TargetRoot, key)
	}
	dir, pattern := filepath.Split(src)
	if dir == "" {
		b.problem(Error, "ops.mapdirs-pattern", key,
			fmt.Sprintf(`MapDirs key %q has no directory part: Ops stops with "lstat : no such file or directory"`, key),
			"move the files into a directory and name that, such as "+fmt.Sprintf("%q", "data/"+key), keys...)
		b.renameMapDir(key, dest, b.bareKey(key))
		return
	}
	if info, err := os.Stat(b.host(src)); err == nil && info.IsDir() && !strings.ContainsAny(pattern, `*?[\\`) {
		b.problem(Warning, "ops.mapdirs-pattern", key,
			fmt.Sprintf("MapDirs key %q names a directory, and Ops takes that alone and nothing in it", key),
			fmt.Sprintf("write %q", strings.TrimSuffix(key, "/")+"/*"), keys...)
		if filepath.Clean("/"+dest) != "/" { // its content in the root, or the directory itself
			b.renameMapDir(key, dest, strings.TrimSuffix(key, "/")+"/*")
		}
	}
	matched := 0
	start := b.host(dir)
	done := b.walk(start, func(host string, info fs.FileInfo) error {
		name := filepath.Base(host)
		rel, err := filepath.Rel(filepath.Clean(start), host)
		if err != nil {
			return err
		}
		if rel == "." {
			name = "" // Ops sees "dir/", whose last part is empty; "*" matches that too
		}
		if ok, _ := filepath.Match(pattern, name); !ok {
			return nil
		}
		if name != "" {
			matched++
		}
		return b.entry(filepath.Join("/", dest, rel), host, info, origin, true, keys)
	}, dir, keys)
	if done && matched == 0 {
		b.problem(Warning, "ops.mapdirs-pattern", key, fmt.Sprintf("MapDirs key %q matches no file", key),
			fmt.Sprintf("the pattern %q is compared with file names below %s", pattern, dir), keys...)
	}
}

// bareKey gives a MapDirs key a directory part that Ops keeps: "./x" loses it again.
func (b *builder) bareKey(key string) string {
	if info, err := os.Stat(b.host(key)); err == nil && info.IsDir() {
		return key + "/*"
	}
	return "../" + filepath.Base(b.cwd) + "/" + strings.TrimPrefix(key, "./")
}

// renameMapDir adds to the last issue the change of one MapDirs key.
func (b *builder) renameMapDir(key, dest, to string) {
	ptr, ok := b.cfg.Pointer("MapDirs", to)
	if ok { // both are there
		return
	}
	b.mend(fmt.Sprintf("writing the MapDirs key %s as %s", key, to), []string{"MapDirs", key}, "remove", nil, PatchOp{Op: "add", Path: ptr, Value: dest})
}

// entry adds one thing that a walk found. strict is MapDirs, where a dangling link
// stops Ops; Dirs skips it.
func (b *builder) entry(name, host string, info fs.FileInfo, origin string, strict bool, keys []string) error {
	switch {
	case info.Mode()&fs.ModeSymlink != 0:
		err := b.link(name, host, origin, keys...)
		switch {
		case err == nil:
		case strict:
			b.problem(Error, "missing-data.symlink-target", host,
				fmt.Sprintf("%s is a link to nothing; Ops stops", host), "remove the link, or add its target", keys...)
		default:
			b.problem(Warning, "missing-data.symlink-target", host,
				fmt.Sprintf("%s is a link to nothing; Ops leaves it out", host), "", keys...)
		}
	case info.IsDir():
		if filepath.Clean("/"+name) != "/" {
			b.put(name, guestfs.Node{Mode: fs.ModeDir | 0o755, Origin: origin}, keys...)
		}
	default:
		if err := readable(host); err != nil {
			b.problem(Error, "ops.other", host, fmt.Sprintf("Ops cannot read %s: %v", host, err), "make it readable", keys...)
			return nil
		}
		b.add(name, host, origin, keys...)
	}
	return nil
}

// walk visits start and all below it without following links, and reports whether
// it came to the end; Ops stops at the first directory it cannot read.
func (b *builder) walk(start string, fn func(host string, info fs.FileInfo) error, named string, keys []string) bool {
	err := filepath.Walk(start, func(host string, info fs.FileInfo, err error) error {
		if err != nil {
			return err
		}
		return fn(filepath.Clean(host), info)
	})
	if err != nil {
		b.problem(Error, "ops.file-missing", named, fmt.Sprintf("Ops stops at %s: %v", named, err), "", keys...)
	}
	return err == nil
}
