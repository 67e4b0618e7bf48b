package elfdeps

// lookup finds the path for a soname as glibc does: a binary search, then among the
// entries of that name the best one (elf/dl-cache.c, search_cache). rank gives the
// preference of a glibc-hwcaps subdirectory, 1 the best, 0 unusable; level is the CPU's
// x86-64 level (0 baseline, 1 v2 …).
func (c *soCache) lookup(name string, flags int32, rank map[string]int, level int) (path string, hwcaps, found bool) {
	left, right := 0, c.n-1
	for left <= right {
		middle := (left + right) / 2
		key, valid := c.rawKey(middle)
		if !valid {
			return "", false, false
		}
		order := compareSonames(name, key)
		if order == 0 {
			return c.best(middle, name, flags, rank, level)
		}
		if order < 0 { // names are sorted in descending order
			left = middle + 1
		} else {
			right = middle - 1
		}
	}
	return "", false, false
}

func (c *soCache) rawKey(i int) ([]byte, bool) {
	return c.raw(uint64(c.strings) + uint64(c.key(i)))
}

// cacheFlagsLibc6 is _DL_CACHE_DEFAULT_ID of i386.
const cacheFlagsLibc6 = 3

// best chooses among the entries around at that carry the name.
func (c *soCache) best(at int, name string, flags int32, rank map[string]int, level int) (path string, hwcaps, found bool) {
	same := func(i int) bool {
		key, valid := c.rawKey(i)
		return valid && compareSonames(name, key) == 0
	}
	for start := at; at > 0 && start-at < maxSameName && same(at-1); {
		at--
	}
	bestRank := 0
	for end := min(c.n, at+2*maxSameName); at < end && same(at); at++ {
		value, valid := c.str(c.value(at))
		// On i386 a library of unknown age (flags 1, "ELF") serves where there is no better.
		exact := c.flags(at) == flags
		if !valid || !exact && (flags != cacheFlagsLibc6 || c.flags(at) != 1) {
			continue
		}
		hwcap := c.hwcap(at)
		if !isHWCapExtension(hwcap) {
			if found && hwcaps {
				break // extension entries come first, and one of them fits
			}
			if hwcap != 0 {
				continue // a legacy subdirectory (before glibc 2.37)
			}
			if path, found = value, true; exact {
				break
			}
			continue
		}
		r := c.rank(hwcap, rank, level)
		if r != 0 && (!found || r < bestRank) {
			path, hwcaps, found, bestRank = value, true, true, r
		}
	}
	return path, hwcaps, found
}

func (c *soCache) rank(hwcap uint64, rank map[string]int, level int) int {
	if isa := int(hwcap >> 32 & hwcapISAMask); isa > level {
		return 0
	}
	if i := uint64(uint32(hwcap)); i < uint64(len(c.hwcaps)) {
		return rank[c.hwcaps[i]]
	}
	return 0
}

// compareSonames orders names as ldconfig sorts them: runs of digits by value
// (elf/dl-cache.c, _dl_cache_libcmp). The value is a C int, and overflows like one.
func compareSonames[T ~string | ~[]byte](a string, b T) int {
	i, j := 0, 0
	for i < len(a) {
		if j >= len(b) {
			if isDigit(a[i]) {
				return 1
			}
			return int(int8(a[i]))
		}
		switch {
		case isDigit(a[i]) && isDigit(b[j]):
			var x, y int32
			for ; i < len(a) && isDigit(a[i]); i++ {
				x = x*10 + int32(a[i]-'0')
			}
			for ; j < len(b) && isDigit(b[j]); j++ {
				y = y*10 + int32(b[j]-'0')
			}
			if x < y {
				return -1
			}
			if x > y {
				return 1
			}
		case isDigit(a[i]):
			return 1
		case isDigit(b[j]):
			return -1
		case a[i] != b[j]:
			return int(int8(a[i])) - int(int8(b[j]))
		default:
			i++
			j++
		}
	}
	if j < len(b) {
		return -int(int8(b[j]))
	}
	return 0
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
