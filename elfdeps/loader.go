package elfdeps

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"sync"
)

// Config is what a dynamic loader takes from its environment.
type Config struct {
	LibraryPath string // LD_LIBRARY_PATH
	Preload     string // LD_PRELOAD
	Cwd         string // absolute; for relative paths and empty elements of search paths. "" is "/"

	// HWCaps lists the glibc-hwcaps subdirectories that the CPU supports, best first:
	// "x86-64-v3", "x86-64-v2". Nil searches none: only the generic libraries.
	// HostHWCaps gives this machine's.
	HWCaps []string

	// Platform replaces $PLATFORM. "" is the name that the kernel gives for the
	// program's machine ("x86_64").
	Platform string

	NoCache bool // ignore ld.so.cache, as a guest without one does
}

// Loader resolves programs in one file system. It keeps what it has read, so files must
// not change during its life. It is safe for concurrent use.
type Loader struct {
	cfg Config

	mu      sync.Mutex
	fs      *resolver
	parser  parser
	files   map[fileID]*candidate
	interps map[string]*interpreter
	caches  map[string]*soCache
	dirs    map[dirKey]*searchDir
}

// NewLoader returns a Loader over fsys, whose "." is the root directory. Symlinks are
// followed where fsys implements fs.ReadLinkFS, absolute ones inside fsys.
func NewLoader(fsys fs.FS, cfg Config) *Loader {
	if cfg.Cwd == "" {
		cfg.Cwd = "/"
	}
	return &Loader{
		cfg: cfg, fs: newResolver(fsys), parser: parser{intern: map[string]string{}},
		files: map[fileID]*candidate{}, interps: map[string]*interpreter{},
		caches: map[string]*soCache{}, dirs: map[dirKey]*searchDir{},
	}
}

// candidate is a file that was opened as ELF, whatever came of it.
type candidate struct {
	hdr    header
	file   *File // nil when err is set
	err    error
	interp error      // of PT_INTERP, which matters where the kernel starts the file
	faults loadFaults // which matter where the loader maps the file
}

// abs makes a path of the loaded program absolute, without cleaning it: the paths
// that glibc prints are not clean either.
func (l *Loader) abs(p string) string {
	if path.IsAbs(p) {
		return p
	}
	if l.cfg.Cwd == "/" {
		return "/" + p
	}
	return l.cfg.Cwd + "/" + p
}

// load parses the file at a resolved place, once.
func (l *Loader) load(at place) *candidate {
	if c := l.files[at.node.id]; c != nil {
		return c
	}
	c := l.read(at)
	l.files[at.node.id] = c
	return c
}

// errNotRegular keeps FIFOs and devices shut: opening them can block or have effects.
var errNotRegular = errors.New("not a regular file")

func (l *Loader) read(at place) *candidate {
	if at.node.mode.IsDir() {
		return &candidate{err: ErrDirectory}
	}
	if !at.node.mode.IsRegular() {
		return &candidate{err: errNotRegular}
	}
	r, closer, err := open(l.fs.fsys, at.real)
	if err != nil {
		return &candidate{err: err}
	}
	defer closer.Close()
	f, err := l.parser.parse(r)
	return &candidate{
		hdr: l.parser.hdr, file: f, err: err, interp: l.parser.interp,
		faults: l.parser.loadFaults(uint64(max(at.node.size, 0))),
	}
}

// open opens a path without symlinks for random access.
func open(fsys fs.FS, real string) (io.ReaderAt, io.Closer, error) {
	f, err := fsys.Open(fsName(real))
	if err != nil {
		return nil, nil, err
	}
	if r, isReaderAt := f.(io.ReaderAt); isReaderAt {
		return r, f, nil
	}
	b, err := io.ReadAll(io.LimitReader(f, maxSlurp))
	if err != nil {
		f.Close()
		return nil, nil, err
	}
	return bytesAt(b), f, nil
}

// readWhole reads a small file, at most limit bytes of it.
func (l *Loader) readWhole(p string, limit int64) ([]byte, error) {
	at := l.fs.resolve(p)
	if at.fail != ok {
		return nil, &fs.PathError{Op: "open", Path: p, Err: errors.New(failureText[at.fail])}
	}
	if !at.node.mode.IsRegular() {
		return nil, fmt.Errorf("%s: %w", p, errNotRegular)
	}
	r, closer, err := open(l.fs.fsys, at.real)
	if err != nil {
		return nil, err
	}
	defer closer.Close()
	b := make([]byte, min(limit, max(at.node.size, 0)))
	n, err := r.ReadAt(b, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return b[:n], nil
}

type bytesAt []byte

func (b bytesAt) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 || off >= int64(len(b)) {
		return 0, io.EOF
	}
	n := copy(p, b[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}
