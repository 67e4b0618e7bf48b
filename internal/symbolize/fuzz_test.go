package symbolize

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/nanodiag/nanodiag/tracelog"
)

// FuzzExplain: no file and no dump makes Explain panic, and it never returns both a
// report and an error.
func FuzzExplain(f *testing.F) {
	for _, name := range []string{"nullfield", "plugin", "nullcall", "threadstack", "template"} {
		program, err := os.ReadFile(filepath.Join(recordedDir, name))
		if err != nil {
			f.Fatal(err)
		}
		for _, log := range []string{name + ".log", name + "-old.log", name + "-console.log"} {
			if text, err := os.ReadFile(filepath.Join(recordedDir, log)); err == nil {
				f.Add(program, text)
			}
		}
	}
	f.Fuzz(func(t *testing.T, program, text []byte) {
		l, err := tracelog.Read(bytes.NewReader(text))
		if err != nil || l.Crash == nil {
			return
		}
		host := filepath.Join(t.TempDir(), "program")
		if err := os.WriteFile(host, program, 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := Explain(Input{
			Crash: l.Crash, Events: l.Events, ProgramHost: host, Libraries: []string{"/lib/libx.so"},
			Host: func(string) string { return host },
		})
		if (r == nil) == (err == nil) {
			t.Fatalf("report %v, error %v", r, err)
		}
		if r == nil {
			return
		}
		for _, f := range r.Frames {
			_ = f.String()
		}
		if len(r.Frames) == 0 {
			t.Fatal("no frame, not even rip")
		}
		if top := r.TopFrames(3); len(top) > 3 {
			t.Fatalf("%d top frames", len(top))
		}
	})
}

// FuzzCode decodes arbitrary bytes as instructions.
func FuzzCode(f *testing.F) {
	f.Add([]byte{0x0f, 0x38, 0xcc, 0xc0})
	f.Add([]byte{0x62, 0xf1, 0x7d, 0x48, 0xef, 0xc0})
	f.Add([]byte{0xf3, 0xa4})
	f.Fuzz(func(t *testing.T, code []byte) {
		regs := map[string]uint64{"rsp": 1 << 40, "rdi": 8}
		in, ok := decodeBytes(code, 0x400000)
		if ok {
			_ = in.text()
			touches(in.accesses(regs), 8)
			in.aligned()
		}
		featureOf(code)
	})
}
