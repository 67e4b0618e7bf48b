package elfdeps

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
)

// hostInterpreter is glibc's loader, also the one that tests compare with.
const hostInterpreter = "/lib64/ld-linux-x86-64.so.2"

// Loader files as distributions build them, as far as their strings go.
const (
	debianStrings = "\x00/lib/x86_64-linux-gnu/\x00/usr/lib/x86_64-linux-gnu/\x00/lib/\x00/usr/lib/\x00glibc-hwcaps\x00/etc/ld.so.cache\x00"
	fedoraStrings = "\x00/lib64/\x00/usr/lib64/\x00glibc-hwcaps\x00/etc/ld.so.cache\x00"
	nixStrings    = "\x00/nix/store/abc-glibc-2.40/lib/\x00glibc-hwcaps\x00/nix/store/abc-glibc-2.40/etc/ld.so.cache\x00"
	oldStrings    = "\x00/lib64/\x00/usr/lib64/\x00/etc/ld.so.cache\x00" // before glibc 2.33
)

// files is a root directory in short: a path ends in " -> target" for a symlink.
type files map[string]any // image, string (content) or []CacheEntry

func (f files) fs(t testing.TB) fstest.MapFS {
	t.Helper()
	m := fstest.MapFS{}
	for p, content := range f {
		p, target, isLink := strings.Cut(p, " -> ")
		name := strings.TrimPrefix(p, "/")
		if isLink {
			m[name] = &fstest.MapFile{Data: []byte(target), Mode: fs.ModeSymlink | 0o777}
			continue
		}
		switch c := content.(type) {
		case image:
			m[name] = &fstest.MapFile{Data: c.build(), Mode: 0o755}
		case string:
			m[name] = &fstest.MapFile{Data: []byte(c), Mode: 0o755}
		case fs.FileMode:
			m[name] = &fstest.MapFile{Mode: c}
		case []CacheEntry:
			b, err := EncodeCache(c)
			if err != nil {
				t.Fatal(err)
			}
			m[name] = &fstest.MapFile{Data: b, Mode: 0o644}
		}
	}
	return m
}

func loaderFile(strings string) string {
	return string(image{soname: "ld-linux-x86-64.so.2"}.build()) + strings
}

func program(im image) image {
	im.interp = hostInterpreter
	return im
}

func lib(soname string, needed ...string) image { return image{soname: soname, needed: needed} }

// inShort renders a closure without the loader.
func inShort(c *Closure) []string {
	var lines []string
	for _, o := range c.Objects {
		if o.FoundBy == ByLoaded {
			continue
		}
		line := o.Soname + " " + o.Path + " " + string(o.FoundBy)
		if o.HWCaps {
			line += " hwcaps"
		}
		lines = append(lines, line)
	}
	for _, m := range c.Missing {
		line := m.Soname + " missing"
		if m.Reason != "" {
			line += ": " + m.Reason
		}
		lines = append(lines, line)
	}
	return lines
}
