package elfdeps

import (
	"bytes"
	"encoding/binary"
)

// CacheEntry is one line of ld.so.cache.
type CacheEntry struct {
	Soname    string // the name that programs ask for
	Path      string // absolute path of the library
	Flags     int32  // class and machine; see CacheFlags
	OSVersion uint32 // minimum kernel; written as 0 since glibc 2.36
	HWCap     uint64 // as in the file; EncodeCache computes it where HWCapName is set
	HWCapName string // glibc-hwcaps subdirectory, e.g. "x86-64-v3"; "" for a generic library
}

// The formats of ld.so.cache (sysdeps/generic/dl-cache.h). The new one stands alone, or
// behind an old one in its string table. Numbers are of the machine's byte order, which
// the new format's flags name.
const (
	oldMagic      = "ld.so-1.7.0"
	oldHeaderSize = 16 // magic, padding, nlibs uint32
	oldEntrySize  = 12 // flags int32; key, value uint32
	newMagic      = "glibc-ld.so.cache1.1"
	newHeaderSize = 48 // magic, nlibs, len_strings uint32, flags uint8, pad, extension_offset, unused
	newEntrySize  = 24 // flags int32; key, value, osversion uint32; hwcap uint64

	endianMask   = 3
	endianLittle = 2
	endianBig    = 3

	extensionMagic     = 0xeaa42174 // (uint32_t) -358342284
	extensionHeader    = 8          // magic, count uint32
	extensionSection   = 16         // tag, flags, offset, size uint32
	extensionGenerator = 0
	extensionHWCaps    = 1

	// hwcapExtension marks an entry whose low 32 bits index the hwcaps extension; the
	// ten bits from 32 on are the ISA level.
	hwcapExtension = 1 << 62
	hwcapISAMask   = 0x3ff
)

// soCache is a cache file that the loader would accept.
type soCache struct {
	b       []byte // the whole file
	order   binary.ByteOrder
	entries int // offset of the first entry
	size    int // of an entry
	n       int // number of entries
	strings int // string indices count from here
	hwcaps  []string
}

// ReadCache reads an ld.so.cache of any format. An entry whose strings lie outside the
// file is left out; a cache that the loader would not use at all is an error.
func ReadCache(b []byte) ([]CacheEntry, error) {
	c, err := openCache(b)
	if err != nil {
		return nil, err
	}
	entries := make([]CacheEntry, 0, c.n)
	for i := range c.n {
		soname, haveSoname := c.str(c.key(i))
		path, havePath := c.str(c.value(i))
		if !haveSoname || !havePath {
			continue
		}
		e := CacheEntry{Soname: soname, Path: path, Flags: c.flags(i), HWCap: c.hwcap(i)}
		if c.size == newEntrySize {
			e.OSVersion = c.order.Uint32(b[c.entries+i*c.size+12:])
		}
		if isHWCapExtension(e.HWCap) {
			if j := uint32(e.HWCap); uint64(j) < uint64(len(c.hwcaps)) {
				e.HWCapName = c.hwcaps[j]
			}
		}
		entries = append(entries, e)
	}
	return entries, nil
}

// openCache checks what glibc checks (elf/dl-cache.c, _dl_load_cache_lookup).
func openCache(b []byte) (*soCache, error) {
	if len(b) > maxCache {
		return nil, badf(maxCache, "an ld.so.cache of more than %d bytes", maxCache)
	}
	switch {
	case bytes.HasPrefix(b, []byte(newMagic)):
		return openNewCache(b, 0)
	case bytes.HasPrefix(b, []byte(oldMagic)):
		return openOldCache(b)
	case len(b) == 0:
		return nil, badf(0, "an empty ld.so.cache")
	}
	return nil, badf(0, "no ld.so.cache: it starts with %q", b[:min(len(b), 20)])
}

func openNewCache(b []byte, start int) (*soCache, error) {
	if len(b)-start <= newHeaderSize {
		return nil, badf(uint64(len(b)), "the header of ld.so.cache is cut off")
	}
	c := &soCache{b: b, order: binary.LittleEndian, entries: start + newHeaderSize, size: newEntrySize, strings: start}
	switch b[start+28] & endianMask {
	case endianBig:
		c.order = binary.BigEndian
	case endianLittle, 0: // 0: written before glibc 2.33; every machine we know is little-endian then
	default:
		return nil, badf(uint64(start+28), "ld.so.cache is marked invalid")
	}
	n := uint64(c.order.Uint32(b[start+20:]))
	if n > uint64(len(b)-c.entries)/newEntrySize {
		return nil, badf(uint64(start+20), "ld.so.cache is cut off: %d entries do not fit", n)
	}
	c.n = int(n)
	c.hwcaps = c.readHWCaps(c.order.Uint32(b[start+32:]))
	return c, nil
}

func openOldCache(b []byte) (*soCache, error) {
	if len(b) <= oldHeaderSize {
		return nil, badf(uint64(len(b)), "the header of ld.so.cache is cut off")
	}
	c := &soCache{b: b, order: binary.LittleEndian, entries: oldHeaderSize, size: oldEntrySize}
	n := uint64(c.order.Uint32(b[12:]))
	if n > uint64(len(b)-oldHeaderSize)/oldEntrySize {
		return nil, badf(12, "ld.so.cache is cut off: %d entries do not fit", n)
	}
	c.n = int(n)
	c.strings = oldHeaderSize + c.n*oldEntrySize
	if start := (c.strings + 7) &^ 7; start < len(b) && bytes.HasPrefix(b[start:], []byte(newMagic)) {
		return openNewCache(b, start)
	}
	return c, nil
}

// readHWCaps reads the names of the hwcaps extension. As in glibc a damaged extension
// is as good as none; its offsets count from the start of the file.
func (c *soCache) readHWCaps(off uint32) []string {
	at := uint64(off)
	if off == 0 || off%4 != 0 || at+extensionHeader > uint64(len(c.b)) || c.order.Uint32(c.b[off:]) != extensionMagic {
		return nil
	}
	count := uint64(c.order.Uint32(c.b[at+4:]))
	at += extensionHeader
	if count > (uint64(len(c.b))-at)/extensionSection {
		return nil
	}
	var names []string
	for range count {
		s := c.b[at:]
		at += extensionSection
		start, size := uint64(c.order.Uint32(s[8:])), uint64(c.order.Uint32(s[12:]))
		if start+size > uint64(len(c.b)) {
			return nil
		}
		if c.order.Uint32(s) != extensionHWCaps || size%4 != 0 || start%4 != 0 || size/4 > maxHWCaps {
			continue
		}
		names = names[:0]
		for i := start; i < start+size; i += 4 {
			name, _ := c.cstring(uint64(c.order.Uint32(c.b[i:])))
			names = append(names, name)
		}
	}
	return names
}

// maxHWCaps names in a cache; glibc knows three for x86-64.
const maxHWCaps = 1024

func isHWCapExtension(hwcap uint64) bool {
	return hwcap>>32&^hwcapISAMask == hwcapExtension>>32
}

func (c *soCache) field(i, off int) uint32 { return c.order.Uint32(c.b[c.entries+i*c.size+off:]) }
func (c *soCache) flags(i int) int32       { return int32(c.field(i, 0)) }
func (c *soCache) key(i int) uint32        { return c.field(i, 4) }
func (c *soCache) value(i int) uint32      { return c.field(i, 8) }

func (c *soCache) hwcap(i int) uint64 {
	if c.size != newEntrySize {
		return 0
	}
	return c.order.Uint64(c.b[c.entries+i*c.size+16:])
}

// str returns the string with the given index.
func (c *soCache) str(index uint32) (string, bool) {
	return c.cstring(uint64(c.strings) + uint64(index))
}

func (c *soCache) cstring(off uint64) (string, bool) {
	b, found := c.raw(off)
	return string(b), found
}

// raw returns the string at a file offset. One that the file's end cuts off counts: the
// loader maps the file, and zeros follow it.
func (c *soCache) raw(off uint64) ([]byte, bool) {
	if off >= uint64(len(c.b)) {
		return nil, false
	}
	b := c.b[off:min(uint64(len(c.b)), off+maxPath)]
	if i := bytes.IndexByte(b, 0); i >= 0 {
		b = b[:i]
	}
	return b, true
}
