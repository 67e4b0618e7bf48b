package ops

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// rawImage makes the beginning of an image as Ops lays it out: the first partition
// at sector 103, the crash log area in the 4096 bytes before.
func rawImage(status int32, text string) []byte {
	const first = 103
	b := make([]byte, first*sectorSize)
	b[510], b[511] = 0x55, 0xaa
	for i, start := range []uint32{first, first + 24576} {
		e := b[mbrTable+16*i:]
		e[4] = 0x83
		binary.LittleEndian.PutUint32(e[8:], start)
		binary.LittleEndian.PutUint32(e[12:], 24576)
	}
	if text != "" {
		area := b[first*sectorSize-klogSize:]
		copy(area, "KLOG")
		binary.LittleEndian.PutUint64(area[4:], 7)
		binary.LittleEndian.PutUint32(area[12:], uint32(status))
		copy(area[klogHeader:], text)
	}
	return b
}

func TestReadKlog(t *testing.T) {
	for _, c := range []struct {
		name   string
		status int32
		text   string
		signal bool
	}{
		{"exit", 3, "bye\n", false},
		{"negative", -1, "x", false},
		{"nul in the text", 1, "a\x00b", false},
		{"exit 11", 11, "signal 11 is my favourite\n", false},
		{"SIGSEGV", 11, "\n*** signal 11 received by tid 2, errno 0, code 1\n    fault address 0x10\n", true},
		{"SIGSEGV before 0.1.40", 11, "signal 11 received by tid 2, errno 0, code 1\n", true},
		{"handled signal, then exit", 3, "*** signal 11 received by tid 2, errno 0, code 1\n", false},
		{"SIGTERM", 15, "en1: assigned 10.0.2.15\n   terminate\n", true},
		{"unhandled in a handler", 127, "\nProcess abort: SIGKILL received by thread 2\n", true},
	} {
		k, err := readKlog(bytes.NewReader(rawImage(c.status, c.text)))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if k.Status != int(c.status) || string(k.Text) != c.text || k.Signal() != c.signal || k.BootID != 7 {
			t.Errorf("%s: %+v, signal %v", c.name, k, k.Signal())
		}
	}
	if _, err := readKlog(bytes.NewReader(rawImage(0, ""))); !errors.Is(err, ErrNoKlog) {
		t.Errorf("an image without a log: %v", err)
	}
	if _, err := ReadKlog(filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no image: %v", err)
	}
}

func FuzzReadKlog(f *testing.F) {
	f.Add(rawImage(3, "bye"))
	f.Add(rawImage(0, ""))
	f.Add(rawImage(3, "bye")[:600])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		k, err := readKlog(bytes.NewReader(b))
		if (k == nil) == (err == nil) {
			t.Fatalf("%v, %v", k, err)
		}
		if k != nil && (len(k.Text) > klogSize || !bytes.Contains(b, klogMagic)) {
			t.Fatalf("%+v", k)
		}
	})
}
