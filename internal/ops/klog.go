package ops

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/nanodiag/nanodiag/internal/lazyregexp"
)

// Klog is the crash log that the Nanos kernel leaves in the raw image when a program
// ends with a status other than 0 (since 0.1.31). Kernel faults leave none.
type Klog struct {
	BootID uint64
	Status int    // all 32 bits of exit's argument; the bare number for a signal; 127 when the program never started
	Text   []byte // the last 4 KiB of the console
}

// The area's place and layout: the 4096 bytes before the first partition, beginning
// with magic, u64 boot id and s32 status in little endian, then the text with a NUL.
const (
	klogSize   = 4096
	klogHeader = 4 + 8 + 4
	sectorSize = 512
	mbrTable   = 446 // offset of the four 16-byte partition entries
)

var klogMagic = []byte("KLOG")

// ErrNoKlog says that the image holds no crash log: the status was 0, the kernel
// itself failed, or it was killed from outside.
var ErrNoKlog = errors.New("no crash log in the image")

// ReadKlog reads the crash log of the raw image at path.
func ReadKlog(path string) (*Klog, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read crash log: %w", err)
	}
	defer f.Close()
	return readKlog(f)
}

func readKlog(r io.ReaderAt) (*Klog, error) {
	mbr := make([]byte, sectorSize)
	if _, err := r.ReadAt(mbr, 0); err != nil {
		return nil, fmt.Errorf("read crash log: boot sector: %w", err)
	}
	if mbr[510] != 0x55 || mbr[511] != 0xaa {
		return nil, fmt.Errorf("read crash log: the file has no partition table; it is no raw Nanos image")
	}
	first := int64(0)
	for e := mbrTable; e < 510; e += 16 {
		start := int64(binary.LittleEndian.Uint32(mbr[e+8:])) * sectorSize
		if count := binary.LittleEndian.Uint32(mbr[e+12:]); count > 0 && start > 0 && (first == 0 || start < first) {
			first = start
		}
	}
	if first < sectorSize+klogSize {
		return nil, ErrNoKlog
	}
	area := make([]byte, klogSize)
	if _, err := r.ReadAt(area, first-klogSize); err != nil {
		return nil, fmt.Errorf("read crash log: %w", err)
	}
	if !bytes.HasPrefix(area, klogMagic) {
		return nil, ErrNoKlog
	}
	return &Klog{
		BootID: binary.LittleEndian.Uint64(area[4:]),
		Status: int(int32(binary.LittleEndian.Uint32(area[12:]))),
		Text:   bytes.TrimRight(area[klogHeader:], "\x00"), // the program may print NULs of its own
	}, nil
}

var (
	// "*** signal 11 received by tid 2, errno 0, code 1"; without stars up to 0.1.39.
	signalLine = lazyregexp.New(`signal (\d+) received by tid \d+, errno`)
	// "Process abort: SIGKILL received by thread 2" ends with status 127.
	abortLine = []byte("Process abort: SIGKILL received by thread")
	// SIGTERM and its like print no dump, only this.
	terminateLine = lazyregexp.New(`(?m)^   terminate$`)
)

// Signal reports whether the status is a signal's number: exit(11) and SIGSEGV leave
// the same status, but only the signal is announced on the console.
func (k *Klog) Signal() bool {
	for _, m := range signalLine.Regexp().FindAllSubmatch(k.Text, -1) {
		if n, err := strconv.Atoi(string(m[1])); err == nil && n == k.Status {
			return true
		}
	}
	return k.Status > 0 && k.Status < 65 && terminateLine.Regexp().Match(k.Text) ||
		k.Status == 127 && bytes.Contains(k.Text, abortLine)
}
