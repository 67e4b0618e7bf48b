//go:build linux && amd64

package rehearse

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"syscall"

	"github.com/nanodiag/nanodiag/internal/guestfs"
	"github.com/nanodiag/nanodiag/internal/nanos"
)

// plan is everything that init needs, in a form that crosses a pipe.
type plan struct {
	Entries []entry // parents before what they hold
	Volumes []volume
	Program string
	Args    []string
	Env     []string
	Cwd     string
	Version string
	Klibs   []string
	Memory  int64 // limit in bytes; 0 for none
	CPUs    int
	Free    int64

	OwnPids    bool     // init is pid 1 of a namespace of its own
	Rewrite    bool     // no namespaces: see rewriter
	Parents    []string // where a rewriter may have its private directory
	Keep       string   // see Spec
	Incomplete []string
}

// entry is one file of the root.
type entry struct {
	Path    string
	Kind    entryKind
	Host    string // source of a copy or a bind
	Target  string // of a link
	Content []byte
}

type entryKind uint8

const (
	entryDir entryKind = iota
	entryLink
	entryContent // Content is written
	entryCopy    // Host is copied
	entryBind    // Host is bind-mounted, and copied when the program first writes to it
)

type volume struct{ Guest, Host string }

// copyLimit is the size (bytes) up to which a file is copied rather than bound: a
// copy shows root as owner and 0777 as mode, as Nanos shows every file, which
// matters to what checks the permissions of keys and configurations. Beyond, a
// mount is much cheaper.
const copyLimit = 16 << 10

// leastMemory is what the kernel needs to boot (bytes): guests with 4 MB do not, those
// with 12 MB start the program, which then has no room.
const leastMemory = 8 << 20

func newPlan(spec *Spec) (*plan, error) {
	table := spec.Table
	if table == nil {
		var err error
		if table, err = nanos.Load(); err != nil {
			return nil, err
		}
	}
	p := &plan{
		Program: path.Clean("/" + spec.Program), Args: spec.Args, Env: spec.Env, Cwd: path.Clean("/" + spec.Cwd),
		Version: spec.Version, Klibs: spec.Klibs, Memory: spec.Memory, CPUs: max(spec.CPUs, 1), Free: spec.Free,
		Keep: spec.Keep,
	}
	if p.Version == "" {
		p.Version = table.Latest()
	}
	if p.Keep != "" {
		var err error
		if p.Keep, err = filepath.Abs(p.Keep); err != nil {
			return nil, fmt.Errorf("keep the root: %w", err)
		}
	}
	if len(p.Args) == 0 {
		p.Args = []string{spec.Program}
	}
	if p.Memory > 0 && p.Memory < leastMemory {
		return nil, &ExecError{TooLittleMemory, fmt.Sprintf("%d MB", p.Memory>>20)}
	}
	for _, klib := range p.Klibs {
		if need := nanos.KlibNeeds(klib, p.Version); need != "" && !slices.Contains(p.Klibs, need) {
			return nil, &ExecError{KlibDependency, klib}
		}
	}
	if err := p.checkProgram(spec.View); err != nil {
		return nil, err
	}
	if err := p.addView(spec.View, table); err != nil {
		return nil, err
	}
	p.addSpecial(table)
	for guest, host := range spec.Volumes {
		p.Volumes = append(p.Volumes, volume{path.Clean("/" + guest), host})
	}
	sort.Slice(p.Volumes, func(i, j int) bool { return p.Volumes[i].Guest < p.Volumes[j].Guest })
	return p, nil
}

// checkProgram finds what would keep Nanos from starting the program. Linux would
// start some of these: scripts, i386 programs.
func (p *plan) checkProgram(view *guestfs.Tree) error {
	_, n, err := view.Resolve(p.Program)
	if err != nil || !n.Mode.IsRegular() {
		return &ExecError{NoProgram, p.Program}
	}
	var r io.ReaderAt = bytes.NewReader(n.Content)
	if n.Host != "" {
		f, err := os.Open(n.Host)
		if err != nil {
			return fmt.Errorf("read the program: %w", err)
		}
		defer f.Close()
		r = f
	}
	interp, err := interpreter(r)
	var refused *ExecError
	if errors.As(err, &refused) {
		refused.Path = p.Program
		return refused
	}
	if interp == "" {
		return nil
	}
	if _, n, err := view.Resolve(interp); err != nil || !n.Mode.IsRegular() {
		return &ExecError{NoInterpreter, interp}
	}
	return nil
}

// Offsets in an ELF64 header and program header (elf(5)).
const (
	elfClass    = 4
	elfMachine  = 18
	elfPhoff    = 32
	elfPhentsz  = 54
	elfPhnum    = 56
	elfHeadSize = 64
	phOffset    = 8
	phFilesz    = 32
	phSize      = 56
)

// headerAt is where a file has the program header of its interpreter's path.
type headerAt int64

// interpreter returns PT_INTERP of an ELF program. It reads no more of the file than
// both kernels do: a program with damaged sections runs.
func interpreter(r io.ReaderAt) (string, error) {
	_, interp, err := findInterpreter(r)
	return interp, err
}

func findInterpreter(r io.ReaderAt) (headerAt, string, error) {
	var h [elfHeadSize]byte
	if n, _ := r.ReadAt(h[:], 0); n < len(h) || string(h[:4]) != elf.ELFMAG {
		return 0, "", &ExecError{Kind: NotELF}
	}
	le := binary.LittleEndian
	if elf.Class(h[elfClass]) != elf.ELFCLASS64 || elf.Machine(le.Uint16(h[elfMachine:])) != elf.EM_X86_64 {
		return 0, "", &ExecError{Kind: WrongMachine}
	}
	at, size := le.Uint64(h[elfPhoff:]), le.Uint16(h[elfPhentsz:])
	for range le.Uint16(h[elfPhnum:]) {
		var ph [phSize]byte
		if n, _ := r.ReadAt(ph[:], int64(at)); n < len(ph) {
			break // the kernel will say what it makes of that
		}
		here := headerAt(at)
		at += uint64(size)
		n := le.Uint64(ph[phFilesz:])
		if elf.ProgType(le.Uint32(ph[:])) != elf.PT_INTERP || n > syscall.PathMax {
			continue
		}
		b := make([]byte, n)
		if n, _ := r.ReadAt(b, int64(le.Uint64(ph[phOffset:]))); n < len(b) {
			break
		}
		interp, _, _ := strings.Cut(string(b), "\x00")
		return here, interp, nil
	}
	return 0, "", nil
}

// replace makes the kernel take another interpreter for the program in file: the path
// goes to the end of the file, where the header then points. In memory the old path
// stays.
func (at headerAt) replace(file, interp string) error {
	f, err := os.OpenFile(file, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	end, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	text := append([]byte(interp), 0)
	if _, err := f.Write(text); err != nil {
		return err
	}
	le := binary.LittleEndian
	if _, err := f.WriteAt(le.AppendUint64(nil, uint64(end)), int64(at)+phOffset); err != nil {
		return err
	}
	_, err = f.WriteAt(le.AppendUint64(nil, uint64(len(text))), int64(at)+phFilesz)
	return err
}

// inode tells files of the host apart.
type inode struct{ dev, ino uint64 }

func (p *plan) addView(view *guestfs.Tree, table *nanos.Table) error {
	seen := map[inode]bool{}
	own := map[string]bool{}
	for _, s := range table.SpecialFiles(p.Version) {
		own[s.Path] = s.Klib == ""
	}
	fsFlags := mountFlags{}
	unreadable := 0
	err := view.Walk(func(name string, n guestfs.Node) error {
		if own[name] && !n.Mode.IsDir() {
			return &ExecError{SpecialFile, name}
		}
		e := entry{Path: name}
		switch {
		case n.Mode.IsDir():
			e.Kind = entryDir
		case n.Mode&fs.ModeSymlink != 0:
			e.Kind, e.Target = entryLink, n.Target
		case n.Host == "":
			e.Kind, e.Content = entryContent, n.Content
		default:
			var st syscall.Stat_t
			if err := syscall.Stat(n.Host, &st); err != nil || syscall.Access(n.Host, accessRead) != nil {
				unreadable++
				if unreadable == 1 {
					p.Incomplete = append(p.Incomplete, "cannot read "+n.Host+", which the image would hold")
				}
				return nil
			}
			id := inode{st.Dev, st.Ino}
			e.Kind, e.Host = entryBind, n.Host
			// One inode under two paths would look like one file; Nanos has two. A
			// host file system mounted noexec would forbid mapping a library.
			if st.Size <= copyLimit || seen[id] || st.Mode&0o111 == 0 && name == p.Program || fsFlags.noexec(n.Host, st.Dev) {
				e.Kind = entryCopy
			}
			seen[id] = true
		}
		p.Entries = append(p.Entries, e)
		return nil
	})
	if unreadable > 1 {
		p.Incomplete = append(p.Incomplete, fmt.Sprintf("and %d more files of the image cannot be read", unreadable-1))
	}
	return err
}

const accessRead = 4 // R_OK of access(2)

// mountFlags remembers which devices are mounted noexec.
type mountFlags map[uint64]bool

func (m mountFlags) noexec(name string, dev uint64) bool {
	if v, ok := m[dev]; ok {
		return v
	}
	const stNoexec = 0x8 // ST_NOEXEC of statvfs(3)
	var st syscall.Statfs_t
	m[dev] = syscall.Statfs(name, &st) == nil && st.Flags&stNoexec != 0
	return m[dev]
}

// addSpecial adds what the kernel serves itself.
func (p *plan) addSpecial(table *nanos.Table) {
	memory := p.Memory
	if memory == 0 {
		memory = DefaultMemory
	}
	for _, s := range table.SpecialFiles(p.Version) {
		if s.Klib != "" {
			continue
		}
		e := entry{Path: s.Path}
		switch s.Kind {
		case nanos.KindDir:
			e.Kind = entryDir
		case nanos.KindLink:
			e.Kind, e.Target = entryLink, p.Program
		case nanos.KindDevice:
			e.Kind, e.Host = entryBind, s.Path
		default:
			e.Kind, e.Content = entryContent, s.Content
		}
		switch s.Path {
		case "/proc/meminfo":
			e.Content = nanos.MemInfo(memory)
		case "/sys/devices/system/cpu/online":
			e.Content = fmt.Appendf(nil, "0-%d\n", p.CPUs-1)
		}
		p.Entries = append(p.Entries, e)
	}
}
