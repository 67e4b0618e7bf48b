package native

import (
	"bytes"
	"io"
	"os"
	"sync"
)

// maxSearched bounds how much of a program is searched for a text; provers have
// binaries of some hundred megabytes.
const maxSearched = 512 << 20

// Contains returns a function that says whether the file holds a text. It is read at
// the first question.
func Contains(file string) func(text string) bool {
	var content []byte
	read := sync.OnceFunc(func() {
		f, err := os.Open(file)
		if err != nil {
			return // the answer is no, then
		}
		defer f.Close()
		content, _ = io.ReadAll(io.LimitReader(f, maxSearched))
	})
	return func(text string) bool {
		read()
		return text != "" && bytes.Contains(content, []byte(text))
	}
}
