package elfdeps

// FoundBy names the rule by which the loader found an object.
type FoundBy string

// The rules, in the order in which glibc tries them. Their text is part of the output
// format.
const (
	ByPath        FoundBy = "needed-path"     // the name has a slash
	ByRpath       FoundBy = "rpath"           // DT_RPATH of the asking object or one above it
	ByLibraryPath FoundBy = "ld_library_path" // LD_LIBRARY_PATH
	ByRunpath     FoundBy = "runpath"         // DT_RUNPATH of the asking object
	ByCache       FoundBy = "ld.so.cache"     // /etc/ld.so.cache
	ByDefault     FoundBy = "default"         // built-in directories of the loader
	ByLoaded      FoundBy = "loaded"          // in memory before any search: the loader itself
)

// Closure is what the loader maps for one program, or adds for one dlopen.
type Closure struct {
	Program            *File
	ProgramReal        string // the program's path with symlinks resolved, whose directory is its $ORIGIN
	Interpreter        string // PT_INTERP; "" for static programs and libraries
	InterpreterMissing bool   // the kernel would say ENOENT for the program itself

	// Objects in the order of the loader's list, as ldd prints them: the order of loading,
	// but for what DT_AUXILIARY and DT_FILTER put before others. Without the
	// program and the vDSO; the loader comes last.
	Objects []*Object

	Missing        []Missing        // the loader stops at the first
	PreloadMissing []Missing        // LD_PRELOAD and /etc/ld.so.preload: the loader only warns
	VersionMissing []VersionMissing // the loader stops at these too

	ns *namespace
}

// Object is one mapped library.
type Object struct {
	Soname   string // the name asked for first
	Path     string // absolute, as the loader found and prints it
	Real     string // Path with symlinks resolved
	FoundBy  FoundBy
	NeededBy []string // paths of the objects that ask for it; "LD_PRELOAD" and "/etc/ld.so.preload" for preloads
	HWCaps   bool     // from a glibc-hwcaps subdirectory: another CPU may load another file
	File     *File
}

// Missing is a library that the loader would not find, or refuse.
type Missing struct {
	Soname   string
	NeededBy []string
	Tried    []string // paths, in order
	Reason   string   // why a file that is there was refused, e.g. "wrong ELF class: ELFCLASS32"; "" when there is none

	TriedMore int // places that were tried, too, and are left out of Tried to bound memory
}

// VersionMissing is a symbol version that a library lacks. glibc prints "Object:
// version `Version' not found (required by NeededBy)".
type VersionMissing struct {
	Object   string // path of the library that lacks it
	NeededBy string // path of the object that wants it
	Version  string // "GLIBC_2.38"
}

// Find returns the object that a name asked for, a path or a resolved path denotes.
func (c *Closure) Find(name string) (*Object, bool) {
	for _, o := range c.Objects {
		if o.Soname == name || o.Path == name || o.Real == name || o.File != nil && o.File.Soname == name {
			return o, true
		}
	}
	return nil, false
}
