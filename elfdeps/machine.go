package elfdeps

import "debug/elf"

// machine holds what differs between architectures of glibc on Linux.
type machine struct {
	platform   string // what $PLATFORM expands to, from the kernel's AT_PLATFORM
	triplet    string // Debian's multiarch directory
	loader     string // glibc's interpreter, for libraries that name none
	musl       string // the ARCH in ld-musl-ARCH.so.1
	cacheFlags int32  // of an ld.so.cache entry that the loader accepts
	libDir     string // lib or lib64 where there is no multiarch
}

type machineKey struct {
	machine elf.Machine
	class   elf.Class
	data    elf.Data
}

// Sources: sysdeps/unix/sysv/linux/*/dl-cache.h, sysdeps/generic/ldconfig.h,
// shlib-versions, Debian's multiarch tuples.
var machines = map[machineKey]machine{
	{elf.EM_X86_64, elf.ELFCLASS64, elf.ELFDATA2LSB}:    {"x86_64", "x86_64-linux-gnu", "/lib64/ld-linux-x86-64.so.2", "x86_64", 0x303, "lib64"},
	{elf.EM_X86_64, elf.ELFCLASS32, elf.ELFDATA2LSB}:    {"x86_64", "x86_64-linux-gnux32", "/libx32/ld-linux-x32.so.2", "x32", 0x803, "libx32"},
	{elf.EM_386, elf.ELFCLASS32, elf.ELFDATA2LSB}:       {"i686", "i386-linux-gnu", "/lib/ld-linux.so.2", "i386", 0x003, "lib"},
	{elf.EM_AARCH64, elf.ELFCLASS64, elf.ELFDATA2LSB}:   {"aarch64", "aarch64-linux-gnu", "/lib/ld-linux-aarch64.so.1", "aarch64", 0xa03, "lib64"},
	{elf.EM_ARM, elf.ELFCLASS32, elf.ELFDATA2LSB}:       {"v7l", "arm-linux-gnueabihf", "/lib/ld-linux-armhf.so.3", "armhf", 0x903, "lib"},
	{elf.EM_RISCV, elf.ELFCLASS64, elf.ELFDATA2LSB}:     {"", "riscv64-linux-gnu", "/lib/ld-linux-riscv64-lp64d.so.1", "riscv64", 0x1003, "lib64/lp64d"},
	{elf.EM_LOONGARCH, elf.ELFCLASS64, elf.ELFDATA2LSB}: {"loongarch", "loongarch64-linux-gnu", "/lib64/ld-linux-loongarch-lp64d.so.1", "loongarch64", 0x1203, "lib64"},
	{elf.EM_PPC64, elf.ELFCLASS64, elf.ELFDATA2LSB}:     {"power8", "powerpc64le-linux-gnu", "/lib64/ld64.so.2", "powerpc64le", 0x503, "lib64"},
	{elf.EM_PPC64, elf.ELFCLASS64, elf.ELFDATA2MSB}:     {"power4", "powerpc64-linux-gnu", "/lib64/ld64.so.1", "powerpc64", 0x503, "lib64"},
	{elf.EM_S390, elf.ELFCLASS64, elf.ELFDATA2MSB}:      {"z900", "s390x-linux-gnu", "/lib/ld64.so.1", "s390x", 0x403, "lib64"},
}

func machineOf(f *File) machine {
	if m, known := machines[machineKey{f.Machine, f.Class, f.Data}]; known {
		return m
	}
	return machine{cacheFlags: 3, libDir: "lib"}
}

// CacheFlags returns the flags that an ld.so.cache entry for f must carry so that the
// loader accepts it.
func CacheFlags(f *File) int32 { return machineOf(f).cacheFlags }

// vdsoNames are the kernel's own objects; some old libraries list them in DT_NEEDED.
var vdsoNames = map[string]bool{"linux-vdso.so.1": true, "linux-gate.so.1": true, "linux-vdso64.so.1": true, "linux-vdso32.so.1": true}
