package elfdeps

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
)

// generator is what `ldconfig -p` prints as the writer of the cache.
const generator = "nanodiag"

// EncodeCache writes an ld.so.cache in the format of glibc 2.33 and later, which every
// glibc since 2.2 reads, in little-endian order. The entries may come in any order.
// HWCapName, where set, decides over HWCap. It fails on names that the format cannot
// hold: an empty one, one with a NUL, or a path that is not absolute.
func EncodeCache(entries []CacheEntry) ([]byte, error) {
	for _, e := range entries {
		if e.Soname == "" || strings.ContainsAny(e.Soname, "/\x00") {
			return nil, fmt.Errorf("encode ld.so.cache: %q is no library name", e.Soname)
		}
		if !strings.HasPrefix(e.Path, "/") || strings.Contains(e.Path, "\x00") || len(e.Path) >= maxPath {
			return nil, fmt.Errorf("encode ld.so.cache: %q (for %s) is no absolute path", e.Path, e.Soname)
		}
	}
	sorted := slices.Clone(entries)
	slices.SortStableFunc(sorted, compareEntries)
	hwcaps := hwcapNames(sorted)

	start := newHeaderSize + len(sorted)*newEntrySize
	table := stringTable{base: start, index: map[string]uint32{}}
	le := binary.LittleEndian
	body := make([]byte, 0, start)
	for _, e := range sorted {
		body = le.AppendUint32(body, uint32(e.Flags))
		body = le.AppendUint32(body, table.add(e.Soname))
		body = le.AppendUint32(body, table.add(e.Path))
		body = le.AppendUint32(body, e.OSVersion)
		hwcap := e.HWCap
		if e.HWCapName != "" {
			i, _ := slices.BinarySearch(hwcaps, e.HWCapName)
			isa := e.HWCap & (hwcapISAMask << 32)
			hwcap = hwcapExtension | isa | uint64(i)
		}
		body = le.AppendUint64(body, hwcap)
	}
	hwcapStrings := make([]byte, 0, 4*len(hwcaps))
	for _, name := range hwcaps {
		hwcapStrings = le.AppendUint32(hwcapStrings, table.add(name))
	}
	extension := (start + table.buf.Len() + 3) &^ 3
	if extension > maxCache {
		return nil, fmt.Errorf("encode ld.so.cache: more than %d bytes", maxCache)
	}

	out := make([]byte, 0, extension+128)
	out = append(out, newMagic...)
	out = le.AppendUint32(out, uint32(len(sorted)))
	out = le.AppendUint32(out, uint32(table.buf.Len()))
	out = append(out, endianLittle, 0, 0, 0)
	out = le.AppendUint32(out, uint32(extension))
	out = append(out, make([]byte, newHeaderSize-len(out))...)
	out = append(out, body...)
	out = append(out, table.buf.Bytes()...)
	out = append(out, make([]byte, extension-len(out))...)
	return appendExtension(out, hwcapStrings), nil
}

// appendExtension writes the extension directory at the end of out, whose length is a
// multiple of four: first the hwcaps, which must be aligned, then the generator.
func appendExtension(out, hwcaps []byte) []byte {
	le := binary.LittleEndian
	count := uint32(1)
	if len(hwcaps) > 0 {
		count = 2
	}
	data := uint32(len(out)) + extensionHeader + count*extensionSection
	out = le.AppendUint32(out, extensionMagic)
	out = le.AppendUint32(out, count)
	section := func(tag, off, size uint32) {
		for _, v := range [...]uint32{tag, 0, off, size} {
			out = le.AppendUint32(out, v)
		}
	}
	section(extensionGenerator, data+uint32(len(hwcaps)), uint32(len(generator)))
	if count == 2 {
		section(extensionHWCaps, data, uint32(len(hwcaps)))
	}
	out = append(out, hwcaps...)
	return append(out, generator...)
}

// compareEntries is ldconfig's order, which the loader's search relies on (elf/cache.c,
// compare): names and then flags descending, hwcaps entries before the generic one.
func compareEntries(a, b CacheEntry) int {
	if order := compareSonames(b.Soname, a.Soname); order != 0 {
		return order
	}
	if a.Flags != b.Flags {
		if a.Flags < b.Flags {
			return 1
		}
		return -1
	}
	if (a.HWCapName != "") != (b.HWCapName != "") {
		if a.HWCapName != "" {
			return -1
		}
		return 1
	}
	return strings.Compare(a.HWCapName, b.HWCapName)
}

func hwcapNames(entries []CacheEntry) []string {
	var names []string
	for _, e := range entries {
		if e.HWCapName != "" {
			names = append(names, e.HWCapName)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// stringTable keeps each string once. Indices count from the start of the file.
type stringTable struct {
	base  int
	buf   bytes.Buffer
	index map[string]uint32
}

func (t *stringTable) add(s string) uint32 {
	if i, known := t.index[s]; known {
		return i
	}
	i := uint32(t.base + t.buf.Len())
	t.index[s] = i
	t.buf.WriteString(s)
	t.buf.WriteByte(0)
	return i
}
