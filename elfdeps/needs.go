package elfdeps

import (
	"cmp"
	"strconv"
	"strings"
)

// Needs is the least system that a closure runs on, and which object asks for it.
type Needs struct {
	Glibc   Need // highest GLIBC_ version, "2.34"
	Glibcxx Need // highest GLIBCXX_ version, "3.4.29": of libstdc++.so.6
	ISA     Need // "x86-64-v2" and so on; see Closure.NeededISA
}

// Need is one demand. Both fields are empty when nobody makes it.
type Need struct {
	Version string
	By      string // path of the first object that makes the demand
}

// isaNames are the levels of NeededISA; the baseline demands nothing.
var isaNames = [...]string{"", "x86-64-v2", "x86-64-v3", "x86-64-v4"}

// Needs sums up DT_VERNEED of the program and its libraries. Parts of glibc itself do
// not count: they need each other's newest version wherever they are.
func (c *Closure) Needs() Needs {
	var n Needs
	consider := func(f *File) {
		if f == nil {
			return
		}
		if !f.isGlibc() {
			n.Glibc.raise(f, "GLIBC_")
		}
		n.Glibcxx.raise(f, "GLIBCXX_")
	}
	consider(c.Program)
	for _, o := range c.Objects {
		consider(o.File)
	}
	if level, by := c.NeededISA(); level > 0 && level < len(isaNames) {
		n.ISA = Need{isaNames[level], by}
	}
	return n
}

func (n *Need) raise(f *File, prefix string) {
	for _, need := range f.Verneed {
		for _, v := range need.Versions {
			number, is := strings.CutPrefix(v.Name, prefix)
			if is && !v.Weak && isNumber(number) && compareVersions(number, n.Version) > 0 {
				*n = Need{number, f.Path}
			}
		}
	}
}

// isGlibc tells libc.so.6, libm.so.6 and the loader by the versions they define.
func (f *File) isGlibc() bool {
	for _, d := range f.Verdef {
		if strings.HasPrefix(d, "GLIBC_") {
			return true
		}
	}
	return false
}

// isNumber leaves out names such as GLIBC_PRIVATE, GLIBC_ABI_DT_RELR and GLIBCXX_LDBL_3.4.
func isNumber(s string) bool { return s != "" && s[0] >= '0' && s[0] <= '9' }

// compareVersions compares dotted numbers: 2.4 is less than 2.34.
func compareVersions(a, b string) int {
	for a != "" || b != "" {
		var x, y string
		x, a, _ = strings.Cut(a, ".")
		y, b, _ = strings.Cut(b, ".")
		i, _ := strconv.Atoi(x) // "" and what is no number count as 0
		j, _ := strconv.Atoi(y)
		if i != j {
			return cmp.Compare(i, j)
		}
	}
	return 0
}
