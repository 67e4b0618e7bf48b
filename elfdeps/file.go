package elfdeps

import "debug/elf"

// File holds what the loader reads of one ELF file. It needs no section headers.
type File struct {
	Path        string // absolute; set by Loader, empty from Parse
	Interpreter string // PT_INTERP; "" for libraries and static programs
	Soname      string // DT_SONAME
	Needed      []string
	Auxiliary   []string // DT_AUXILIARY: loaded if there
	Filter      []string // DT_FILTER: loaded like DT_NEEDED

	// Search paths, split at ':' and not expanded. A tag that is present with an empty
	// string gives an empty, non-nil slice: an empty DT_RUNPATH still turns DT_RPATH off.
	Rpath, Runpath []string

	Class      elf.Class
	Data       elf.Data
	OSABI      elf.OSABI
	ABIVersion uint8
	Machine    elf.Machine
	Type       elf.Type
	Entry      uint64 // virtual address, 0 when there is none
	Dynamic    bool   // has PT_DYNAMIC
	Loadable   bool   // has PT_LOAD
	Flags1     uint64 // DT_FLAGS_1 (elf.DF_1_NODEFLIB, elf.DF_1_PIE …)
	ISANeeded  uint32 // GNU_PROPERTY_X86_ISA_1_NEEDED: bit 0 baseline, 1 v2, 2 v3, 3 v4

	needs []need // Needed, Auxiliary and Filter in the order of the dynamic section

	Verneed []VersionNeed // DT_VERNEED
	Verdef  []string      // names of DT_VERDEF, the file's own name (the base version) among them
}

// need is one library that a file asks for.
type need struct {
	name string
	tag  elf.DynTag // DT_NEEDED, DT_AUXILIARY or DT_FILTER
}

// VersionNeed lists the symbol versions that a file wants of one library.
type VersionNeed struct {
	Library  string // the library's name as in DT_NEEDED
	Versions []NeededVersion
}

// NeededVersion is one symbol version.
type NeededVersion struct {
	Name string // "GLIBC_2.34"
	Weak bool   // the loader only warns when it is missing
}

// Static reports whether the kernel starts the file without any loader and library:
// static and static-pie programs.
func (f *File) Static() bool { return f.Interpreter == "" && len(f.Needed) == 0 }
