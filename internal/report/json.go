package report

import (
	"encoding/json"
	"io"
)

// JSON writes v, one of this package's documents, indented, with a final newline.
func JSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
