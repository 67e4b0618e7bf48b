//go:build linux && amd64

package strace

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What a run writes is measured by the size of files, in all the ways to write them.
func TestGrowth(t *testing.T) {
	for name, engine := range map[string]Engine{"ptrace": EnginePtrace, "notify": EngineNotify} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for name, size := range map[string]int64{"old.dat": 100, "log.dat": 10} {
				name = filepath.Join(dir, name)
				if err := os.WriteFile(name, nil, 0o600); err != nil {
					t.Fatal(err)
				}
				if err := os.Truncate(name, size); err != nil {
					t.Fatal(err)
				}
			}
			exe := fixture(t, "grow")
			r := record(t, Command{Path: exe, Args: []string{"grow", dir}}, Options{Engine: engine})
			c := NewCollector()
			for i := range r.events {
				c.Add(&r.events[i])
			}
			if r.Exit.Code != 0 {
				t.Fatalf("exit %d", r.Exit.Code)
			}
			got := map[string]FileGrowth{}
			for _, g := range r.Written {
				rel, err := filepath.Rel(dir, g.Path)
				if err != nil {
					t.Fatal(err)
				}
				g.Path, g.Opened = "", ""
				got[rel] = g
			}
			want := map[string]FileGrowth{
				"new.dat":   {Written: 1500, Added: 1500, Made: true},
				"log.dat":   {Written: 90, Added: 90},
				"old.dat":   {Written: 40, Added: -60},
				"final.dat": {Written: 700, Added: 700, Made: true},
				"gone.tmp":  {Written: 800},
				"open.tmp":  {Written: 900},
				"map.dat":   {Written: 4096, Added: 4096, Made: true},
				".":         {Written: 600},
				"done/a":    {Written: 30, Added: 30, Made: true},
				"child.dat": {Written: 77, Added: 77, Made: true},
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
			f := c.Facts()
			f.Measure(r.Written)
			if got, want := f.Room(dir), int64(1500+90-60+700+4096+30+77); got != want {
				t.Errorf("room %d, want %d", got, want)
			}
			if got := f.Room(filepath.Join(dir, "gone.tmp")); got != 800 {
				t.Errorf("room of a file that is gone: %d, want 800", got)
			}
			// The file in memory is written by its mapping; 96 bytes and more are the loader's.
			const calls = 1000 + 500 + 90 + 40 + 700 + 800 + 900 + 600 + 30 + 77
			if r.BytesWritten != calls || r.BytesRead == 0 || r.BytesRead > 1<<16 {
				t.Errorf("moved %d and %d bytes, want some and %d", r.BytesRead, r.BytesWritten, calls)
			}
		})
	}
}
