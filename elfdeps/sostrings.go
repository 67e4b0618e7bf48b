package elfdeps

import (
	"bytes"
	"debug/elf"
	"errors"
	"io"
	"strings"
)

// libraryString is the name of a library among a file's constants.
type libraryString struct {
	name string
	off  uint64 // in the file
}

// scanStep bytes are searched at a time, and scanOverlap of them again with the next: a
// name may lie across.
const (
	scanStep    = 256 << 10
	scanOverlap = 1 << 10
)

// libraryStrings finds the names of libraries in .rodata of the file that was parsed last,
// or in its read-only segments when it has no section headers. It reads at most *budget
// bytes and takes them off; cut tells that not everything was searched.
func (p *parser) libraryStrings(sections []section, budget *int64) (found []libraryString, cut bool, err error) {
	if p.scan == nil {
		p.scan = make([]byte, scanStep)
	}
	buf := p.scan
	seen := map[string]bool{}
	left := uint64(maxScan) // of this file: its sections may overlap
	for _, r := range p.constants(sections) {
		cut = cut || r.size > left
		limit := r.off + min(r.size, left)
		left -= min(r.size, left)
		for at := r.off; at < limit; at += scanStep - scanOverlap {
			if *budget <= 0 || int64(at) < 0 {
				return found, true, nil
			}
			n, err := p.pager.r.ReadAt(buf[:min(scanStep, limit-at)], int64(at))
			if err != nil && !errors.Is(err, io.EOF) {
				return found, cut, err
			}
			*budget -= int64(n)
			last := n < scanStep
			all := findLibraryNames(buf[:n], at == r.off, last, func(name string, i int) {
				if !seen[name] && len(found) < maxHints {
					seen[name] = true
					found = append(found, libraryString{name, at + uint64(i)})
				}
			})
			cut = cut || !all
			if last {
				break
			}
		}
	}
	return found, cut, nil
}

// constants are the parts of a file that hold string constants.
func (p *parser) constants(sections []section) []section {
	var parts []section
	for _, s := range sections {
		if s.typ == elf.SHT_PROGBITS && (s.name == ".rodata" || strings.HasPrefix(s.name, ".rodata.")) {
			parts = append(parts, s)
		}
	}
	if len(sections) > 0 {
		return parts
	}
	for _, l := range p.loads {
		if l.flags&(elf.PF_R|elf.PF_W) == elf.PF_R {
			parts = append(parts, section{off: l.off, size: l.filesz})
		}
	}
	return parts
}

// maxLibraryName bytes of a name; it is far below scanOverlap.
const maxLibraryName = 255

// maxWork steps back for each byte that is searched. Real files take a hundredth of one.
const maxWork = 4

// nameEdge is how far from the end of what was read a name must end: ".1" may follow.
const nameEdge = 64

// findLibraryNames calls fn for each name of a library in b:
//
//	libgomp.so.1  /usr/lib/ossl-modules/legacy.so  libnss_%s.so.%d     a C string
//	cannot open libgomp.so.1: %s                                       within a message
//	…libgomp.so.1libcuda.so…                                           Go and Rust: no NUL between constants
//
// Bare names start with lib; a path may end in any NAME.so. What touches the edge of b is
// left to the part of the file before or after b, where there is one. It gives up, and
// returns false, on text made of little else than ".so".
func findLibraryNames(b []byte, first, last bool, fn func(name string, at int)) bool {
	work := maxWork * (len(b) + scanOverlap)
	done := 0 // end of the name before
	for from := 0; ; {
		i := bytes.Index(b[from:], []byte(".so"))
		if i < 0 {
			return true
		}
		dot := from + i
		from = dot + 3
		start := dot
		for start > done && dot-start <= maxLibraryName && isNameByte(b[start-1]) {
			start--
		}
		if work -= dot - start; work < 0 {
			return false
		}
		end, whole := soSuffix(b, dot+3)
		if end < 0 || dot-start > maxLibraryName || start == 0 && !first || end+nameEdge > len(b) && !last {
			continue
		}
		name := libraryName(string(b[start:end]), whole)
		if name != "" {
			fn(name, end-len(name))
		}
		from, done = end, end
	}
}

// soSuffix returns the end of a name whose ".so" ends at i, or -1 when it is another word
// (".sort"). whole tells that no further letter follows.
func soSuffix(b []byte, i int) (end int, whole bool) {
	for i+1 < len(b) && b[i] == '.' && (isDigit(b[i+1]) || b[i+1] == '%') {
		i += 2
		for i < len(b) && (isDigit(b[i]) || b[i-1] == '%') {
			i++
		}
	}
	if i >= len(b) || !isNameByte(b[i]) || b[i] == '.' {
		return i, true
	}
	if rest := b[i:]; bytes.HasPrefix(rest, []byte("lib")) || rest[0] == '/' || isDigit(b[i-1]) {
		return i, false
	}
	if b[i] == '%' { // libnss_files.so%s
		return min(i+2, len(b)), true
	}
	return -1, false
}

// libraryName cuts what comes before the name, or returns "" when it is none. Only in
// constants that run into one another can a name begin within a word.
func libraryName(s string, whole bool) string {
	s = strings.TrimLeft(s, ".-+@")
	base := s[strings.LastIndexByte(s, '/')+1:]
	switch {
	case strings.HasPrefix(base, ".so"):
		return ""
	case strings.HasPrefix(base, "lib") && base[3] != '.':
		if base != s && s[0] != '/' && !strings.HasPrefix(s, "%s/") && s[0] != '$' {
			return base
		}
		return s
	case s[0] == '/' && whole:
		return s
	case !whole:
		if i := strings.Index(base, "lib"); i >= 0 && base[i+3] != '.' {
			return base[i:]
		}
	}
	return ""
}

func isNameByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || isDigit(c) || strings.IndexByte("_-+./%$@{}", c) >= 0
}
