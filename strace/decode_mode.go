package strace

import (
	"strconv"
	"strings"
)

// File type bits of st_mode (stat(2)).
const (
	sIFMT  = 0o170000
	sIFDIR = 0o040000
	sIFREG = 0o100000
	sIFLNK = 0o120000
)

var fileTypes = map[uint32]string{
	0o140000: "S_IFSOCK", sIFLNK: "S_IFLNK", sIFREG: "S_IFREG", 0o060000: "S_IFBLK",
	sIFDIR: "S_IFDIR", 0o020000: "S_IFCHR", 0o010000: "S_IFIFO",
}

var modeValues = func() map[string]uint32 {
	m := map[string]uint32{"S_ISUID": 0o4000, "S_ISGID": 0o2000, "S_ISVTX": 0o1000}
	for v, name := range fileTypes {
		m[name] = v
	}
	return m
}()

// formatMode writes st_mode as strace does: "S_IFREG|S_ISUID|0755".
func formatMode(mode uint32) string {
	var b strings.Builder
	if name, ok := fileTypes[mode&sIFMT]; ok {
		b.WriteString(name + "|")
	} else if t := mode & sIFMT; t != 0 {
		b.WriteString("0" + strconv.FormatUint(uint64(t), 8) + "|")
	}
	for _, f := range [...]struct {
		bit  uint32
		name string
	}{{0o4000, "S_ISUID|"}, {0o2000, "S_ISGID|"}, {0o1000, "S_ISVTX|"}} {
		if mode&f.bit != 0 {
			b.WriteString(f.name)
		}
	}
	perm := strconv.FormatUint(uint64(mode&0o777), 8)
	b.WriteString("0000"[:max(0, 4-len(perm))] + perm)
	return b.String()
}

func parseMode(text string) uint32 {
	var mode uint32
	for text != "" {
		var word string
		word, text, _ = strings.Cut(text, "|")
		if v, ok := modeValues[word]; ok {
			mode |= v
		} else if n, err := strconv.ParseUint(word, 8, 32); err == nil {
			mode |= uint32(n)
		}
	}
	return mode
}

// statField returns the value of a field like "st_mode=" or "stx_size=" inside a
// decoded struct: the text up to the next comma, blank or closing brace.
func statField(arg, name string) string {
	i := strings.Index(arg, name)
	if i < 0 {
		return ""
	}
	v := arg[i+len(name):]
	for j := 0; j < len(v); j++ {
		if c := v[j]; c == ',' || c == '}' || c == ' ' {
			return v[:j]
		}
	}
	return v
}
