package elfdeps

// Bounds on what is read of one file. They lie far above anything real, and keep
// memory and time small for files made to hurt.
const (
	// maxPhdrBytes is the kernel's own limit on the program header table
	// (fs/binfmt_elf.c, load_elf_phdrs: 64 KiB).
	maxPhdrBytes = 64 << 10

	// maxDynamic entries of PT_DYNAMIC. Chromium has about 150, the biggest KDE
	// programs 300.
	maxDynamic = 64 << 10

	// maxNeeds libraries that one file asks for. LibreOffice's biggest asks for 120.
	maxNeeds = 2048

	// maxDirs elements of one search path; Nix makes some 200.
	maxDirs = 512

	// maxTried paths, of maxTriedBytes together, that a closure remembers for missing
	// libraries: a directory's path may have 4 KiB.
	maxTried      = 100_000
	maxTriedBytes = 8 << 20

	// maxNodeBytes of paths whose lstat a Loader remembers; it forgets all and starts
	// again. A desktop's programs together ask for some 2 MiB.
	maxNodeBytes = 16 << 20

	// maxSameName entries of ld.so.cache with one name; real ones have up to six.
	maxSameName = 4096

	// maxString bytes of one string. Nix and conda make search paths of several KiB.
	maxString = 64 << 10

	// maxStringTotal bytes of all strings taken from one file: entries may point at
	// overlapping strings, so bounding each alone bounds nothing.
	maxStringTotal = 4 << 20

	// maxIntern strings that a Loader shares between files. A desktop's libraries have
	// some 5000 names and versions.
	maxIntern = 1 << 15

	// maxVersions entries in DT_VERNEED and in DT_VERDEF together: a version index has
	// 15 bits (elf/dl-version.c: 0x7fff).
	maxVersions = 1 << 15

	// maxNote bytes of PT_GNU_PROPERTY; real ones have 32 to 80.
	maxNote = 4 << 10

	// maxCache bytes of ld.so.cache. A desktop's has 200 KiB; its indices have 32 bits,
	// but a cache this size would name a million libraries.
	maxCache = 64 << 20

	// maxLoader bytes of the loader file that are searched for its built-in
	// directories. ld-linux-x86-64.so.2 has about 230 KiB stripped, 1.3 MiB with symbols.
	maxLoader = 8 << 20

	// maxObjects that one closure may hold. LibreOffice with everything has about 400.
	maxObjects = 10000

	// maxLost objects that fall off the loader's list. glibc loads such a one anew each time
	// that it is named, in a circle until its stack is full.
	maxLost = 256

	// maxPath is the kernel's PATH_MAX, maxName its NAME_MAX.
	maxPath = 4096
	maxName = 255

	// maxLinks symlinks in one look-up, the kernel's MAXSYMLINKS.
	maxLinks = 40

	// maxSections section headers that are looked at for hints. Only object files compiled
	// with -ffunction-sections have thousands.
	maxSections = 4096

	// maxNotes bytes of one PT_NOTE segment or note section (twice that of all), and maxNotePayload of the JSON
	// in one .note.dlopen. libsystemd.so.0 has four of 150 bytes.
	maxNotes       = 1 << 20
	maxNotePayload = 64 << 10

	// maxSymbols undefined symbols. Chromium has 1800.
	maxSymbols = 1 << 18

	// maxScan bytes of one file are searched for names of libraries, maxScanTotal
	// of one closure. Chromium's .rodata has 20 MiB.
	maxScan      = 128 << 20
	maxScanTotal = 1 << 30

	// maxHints of one kind in one file. Chromium's program holds 46 names.
	maxHints = 1024

	// maxAllHints of one closure, and maxLookups of their names in its file system.
	// Chromium's closure gives 81.
	maxAllHints = 1 << 14
	maxLookups  = 4096

	// maxRegistry bytes of nsswitch.conf or of a driver's registry file, maxServices of one
	// database there, maxPlugins files that one pattern may match.
	maxRegistry = 64 << 10
	maxServices = 16
	maxPlugins  = 4096

	// maxSlurp bytes of a file that is read whole because its fs.File has no ReadAt.
	maxSlurp = 512 << 20
)
