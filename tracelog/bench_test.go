package tracelog

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// repeated is a log of about size bytes that repeats a recording's lines.
func repeated(b *testing.B, name string, size int) []byte {
	b.Helper()
	one, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		b.Fatal(err)
	}
	return bytes.Repeat(one, size/len(one)+1)
}

// output is a log of a program's output only.
func plainOutput(size int) []byte {
	var buf bytes.Buffer
	for i := 0; buf.Len() < size; i++ {
		fmt.Fprintf(&buf, "2026-11-22 07:10:54 INFO prover::stage[%d]: layer %d of 11 done in 183.%d ms\n", i%7, i%11, i%1000)
	}
	return buf.Bytes()
}

func BenchmarkScan(b *testing.B) {
	const size = 64 << 20
	for _, bm := range []struct {
		name string
		log  []byte
	}{
		{"new", repeated(b, "HEAD/success.trace.log", size)},
		{"old", repeated(b, "0.1.49/success.trace.log", size)},
		{"output", plainOutput(size)},
	} {
		b.Run(bm.name, func(b *testing.B) {
			b.SetBytes(int64(len(bm.log)))
			b.ReportAllocs()
			for b.Loop() {
				if err := Scan(bytes.NewReader(bm.log), func(Item) error { return nil }); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkRead(b *testing.B) {
	log := repeated(b, "HEAD/success.trace.log", 8<<20)
	b.SetBytes(int64(len(log)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Read(bytes.NewReader(log)); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkLines is the floor: cutting lines and nothing else.
func BenchmarkLines(b *testing.B) {
	log := repeated(b, "HEAD/success.trace.log", 64<<20)
	b.SetBytes(int64(len(log)))
	for b.Loop() {
		l := newLineReader(bytes.NewReader(log))
		for {
			if _, _, err := l.next(); err == io.EOF {
				break
			}
		}
	}
}
