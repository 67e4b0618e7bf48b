package elfdeps

import (
	"archive/zip"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// What hours of fuzzing found worth keeping is one archive for each target, beside the
// seeds made by hand in testdata/fuzz: hundreds of files of a few bytes each.
func corpusFile(target string) string { return filepath.Join("testdata", "corpus", target+".zip") }

// addCorpus gives the archived inputs to a fuzz target as seeds.
func addCorpus(f *testing.F, target string) {
	f.Helper()
	z, err := zip.OpenReader(corpusFile(target))
	if err != nil {
		f.Fatal(err)
	}
	defer z.Close()
	for _, file := range z.File {
		r, err := file.Open()
		if err != nil {
			f.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			f.Fatal(file.Name, err)
		}
		f.Add(b)
	}
}

// TestPackCorpus makes the archives from the cache of `go test -fuzz`:
// NANODIAG_FUZZ_CACHE=$(go env GOCACHE)/fuzz/github.com/nanodiag/nanodiag/elfdeps.
func TestPackCorpus(t *testing.T) {
	cache := os.Getenv("NANODIAG_FUZZ_CACHE")
	if cache == "" {
		t.Skip("NANODIAG_FUZZ_CACHE names no directory to pack")
	}
	for _, target := range []string{"FuzzParse", "FuzzLibraryNames", "FuzzReadCache"} {
		names, err := filepath.Glob(filepath.Join(cache, target, "*"))
		if err != nil || len(names) == 0 {
			t.Fatalf("%s: no inputs (%v)", target, err)
		}
		var out bytes.Buffer
		z := zip.NewWriter(&out)
		for _, name := range names {
			text, err := os.ReadFile(name)
			input, ok := decodeInput(string(text))
			if err != nil || !ok {
				t.Errorf("%s: not an input of one byte slice (%v)", name, err)
				continue
			}
			w, err := z.Create(filepath.Base(name))
			if err != nil {
				t.Fatal(err)
			}
			_, _ = w.Write(input) // into memory
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(corpusFile(target), out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// decodeInput reads the two lines of a cached input: go test fuzz v1, []byte("…").
func decodeInput(s string) ([]byte, bool) {
	_, s, _ = strings.Cut(strings.TrimSpace(s), "\n")
	s, ok := strings.CutPrefix(s, "[]byte(")
	if !ok {
		return nil, false
	}
	b, err := strconv.Unquote(strings.TrimSuffix(s, ")"))
	return []byte(b), err == nil
}
