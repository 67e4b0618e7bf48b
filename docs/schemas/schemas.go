// Package schemas holds the JSON Schemas (draft 2020-12) of the documents that
// nanodiag prints with --json. They admit fields that they do not name: within a
// schema number documents only gain fields, and a reader must not break on them.
package schemas

import (
	"embed"
	"fmt"
	"slices"
	"strings"
)

//go:embed *.schema.json
var files embed.FS

const suffix = ".schema.json"

// Names lists the documents: "deps", "report" …
func Names() []string {
	entries, _ := files.ReadDir(".") // an embedded directory can be read
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = strings.TrimSuffix(e.Name(), suffix)
	}
	slices.Sort(names)
	return names
}

// Get returns the schema of a document by its name, with or without the prefix and
// number that the document carries: "report" or "nanodiag.report/1".
func Get(name string) ([]byte, error) {
	short := strings.TrimSuffix(strings.TrimPrefix(name, "nanodiag."), "/1")
	b, err := files.ReadFile(short + suffix)
	if err != nil {
		return nil, fmt.Errorf("%q: no such document; use %s", name, strings.Join(Names(), ", "))
	}
	return b, nil
}
