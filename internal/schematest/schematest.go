// Package schematest closes JSON Schemas for tests: the shipped ones permit fields
// that a later version adds, and a test must notice one that no schema names.
package schematest

// Close forbids, in place, all fields that an object schema in doc does not name, but
// where it says of itself what others may be. doc is a decoded JSON document.
func Close(doc any) {
	switch x := doc.(type) {
	case map[string]any:
		if _, open := x["additionalProperties"]; x["type"] == "object" && !open {
			x["additionalProperties"] = false
		}
		for _, c := range x {
			Close(c)
		}
	case []any:
		for _, c := range x {
			Close(c)
		}
	}
}
