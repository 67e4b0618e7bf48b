package strace

import (
	"bytes"
	"os"
	"testing"
)

func BenchmarkReadLog(b *testing.B) {
	for _, name := range []string{"logs/dl_second_level.log", "options/yy-tt-r-T.log", "options/ttt-x-y.log"} {
		b.Run(name, func(b *testing.B) {
			one, err := os.ReadFile("testdata/" + name)
			if err != nil {
				b.Fatal(err)
			}
			text := bytes.Repeat(one, (8<<20)/len(one))
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				if err := ReadLog(bytes.NewReader(text), func(*Event) error { return nil }); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
