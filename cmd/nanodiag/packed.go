package main

import (
	"bytes"
	"io"
	"os"
)

// packings are the formats in which logs are kept, by how they begin.
var packings = []struct{ magic, name, unpack string }{
	{"\x1f\x8b", "gzip", "gzip -dc"},
	{"\x28\xb5\x2f\xfd", "zstd", "zstd -dc"},
	{"\xfd7zXZ\x00", "xz", "xz -dc"},
	{"BZh", "bzip2", "bzip2 -dc"},
}

// longestMagic of packings.
const longestMagic = 6

// refusePacked reads the beginning of a log. It returns a reader of the whole, and an
// error where it is compressed.
func refusePacked(name string, r io.Reader) (io.Reader, error) {
	head := make([]byte, longestMagic)
	whole := r
	n := 0
	if f, ok := r.(*os.File); ok {
		n, _ = f.ReadAt(head, 0) // leaves the file where it is; a pipe gives nothing
	}
	if n == 0 {
		n, _ = io.ReadFull(r, head) // what fails here fails again for the reader of the rest
		whole = io.MultiReader(bytes.NewReader(head[:n]), r)
	}
	for _, p := range packings {
		if bytes.HasPrefix(head[:n], []byte(p.magic)) && (p.name != "bzip2" || n > 3 && head[3] >= '1' && head[3] <= '9') {
			return nil, usagef("%s: is compressed with %s; unpack it: %s LOG | nanodiag explain -", name, p.name, p.unpack)
		}
	}
	return whole, nil
}
