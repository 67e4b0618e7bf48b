package symbolize

import (
	"bytes"
	"debug/elf"
	"encoding/hex"
	"hash/crc32"
	"io"
	"path/filepath"
)

// debugInfo is where the symbols and lines of an object are: in the file itself, or in a
// separate file that distributions ship as -dbg or -debuginfo packages.
type debugInfo struct {
	separate *object // nil when there is none
	lines    *lineTable
}

func (d *debugInfo) close() {
	if d != nil {
		d.separate.close()
	}
}

// symbolFiles are the files whose symbol tables describe the object, best first.
func (o *object) symbolFiles() []*symbolFile {
	files := []*symbolFile{{o.elf}}
	if o.elf.SectionByType(elf.SHT_SYMTAB) == nil {
		if d := o.debugFile(); d != nil {
			files = append(files, &symbolFile{d.elf})
		}
	}
	return files
}

// debugFile opens the separate debug file, if the host has it.
func (o *object) debugFile() *object {
	if o.debug == nil {
		o.debug = &debugInfo{}
		o.debug.separate = o.findDebugFile()
	}
	return o.debug.separate
}

// debugRoot is where Debian, Fedora and Arch put separate debug files.
const debugRoot = "/usr/lib/debug"

// findDebugFile tries what gdb tries, in its order: the build id, then the name in
// .gnu_debuglink beside the file, in .debug below it, and under the global directory.
func (o *object) findDebugFile() *object {
	if id := o.buildID(); len(id) > 2 {
		h := hex.EncodeToString(id)
		d, err := openDebug(filepath.Join(debugRoot, ".build-id", h[:2], h[2:]+".debug"))
		if err == nil && bytes.Equal(d.buildID(), id) {
			return d
		}
		d.close()
	}
	name, sum, ok := o.debugLink()
	if !ok {
		return nil
	}
	dir := filepath.Dir(o.host)
	for _, p := range []string{filepath.Join(dir, name), filepath.Join(dir, ".debug", name), filepath.Join(debugRoot, dir, name)} {
		if p == o.host {
			continue
		}
		d, err := openDebug(p)
		if err != nil {
			continue
		}
		// gdb wants the checksum of the whole file; where both have a build id, that
		// says the same without reading hundreds of megabytes.
		if id := o.buildID(); id != nil && bytes.Equal(id, d.buildID()) || d.size <= maxDebugBytes && d.checksum() == sum {
			return d
		}
		d.close()
	}
	return nil
}

// openDebug opens a debug file. Its segments have no content, only addresses.
func openDebug(path string) (*object, error) { return openObject(path, path) }

// buildID is the content of the note .note.gnu.build-id, nil without it.
func (o *object) buildID() []byte {
	sec := o.elf.Section(".note.gnu.build-id")
	if sec == nil || sec.ReaderAt == nil || sec.FileSize < 16 || sec.FileSize > pageSize {
		return nil
	}
	b := make([]byte, sec.FileSize)
	if _, err := sec.ReadAt(b, 0); err != nil {
		return nil
	}
	order := o.elf.ByteOrder
	n, d := order.Uint32(b), order.Uint32(b[4:])
	if n != 4 || order.Uint32(b[8:]) != 3 || string(b[12:16]) != "GNU\x00" || uint64(d) > uint64(len(b)-16) {
		return nil
	}
	return b[16 : 16+d]
}

// debugLink reads .gnu_debuglink: a file name, padding, and the checksum of the file.
func (o *object) debugLink() (name string, sum uint32, ok bool) {
	sec := o.elf.Section(".gnu_debuglink")
	if sec == nil || sec.ReaderAt == nil || sec.FileSize < 8 || sec.FileSize > pageSize {
		return "", 0, false
	}
	b := make([]byte, sec.FileSize)
	if _, err := sec.ReadAt(b, 0); err != nil {
		return "", 0, false
	}
	i := bytes.IndexByte(b, 0)
	if i <= 0 || filepath.Base(string(b[:i])) != string(b[:i]) {
		return "", 0, false
	}
	at := (i + 4) &^ 3
	if at+4 > len(b) {
		return "", 0, false
	}
	return string(b[:i]), o.elf.ByteOrder.Uint32(b[at:]), true
}

func (o *object) checksum() uint32 {
	h := crc32.NewIEEE()
	if _, err := io.Copy(h, io.NewSectionReader(o.file, 0, o.size)); err != nil {
		return 0
	}
	return h.Sum32()
}
