package diagnose

// Layer says on whose side the remedy lies. Reports group by it.
type Layer string

const (
	layerNone    Layer = "none"    // nothing to repair, or not known
	layerImage   Layer = "image"   // what is in the image, and where
	layerConfig  Layer = "config"  // arguments, environment, working directory
	layerMachine Layer = "machine" // memory, disk, processors of the guest
	layerKernel  Layer = "kernel"  // what Nanos does and does not do
	layerNetwork Layer = "network"
	layerProgram Layer = "program" // the program itself; it fails natively too
	layerHost    Layer = "host"    // Ops, QEMU and the host's files
)

// cause is one row of the table of cause ids. Ids are never renamed.
type cause struct {
	id      string
	layer   Layer
	meaning string // one line, lower case, no full stop
}

// causes lists every id that a verdict can carry; texts/ID.md holds its long text.
var causes = []cause{
	{"none.success", layerNone, "the run succeeded; every error-looking line is harmless"},
	{"none.server-running", layerNone, "a server that keeps running; the run ended only because of the time limit"},
	{"missing-lib.dlopen-soname", layerImage, "dlopen by bare name; the library is nowhere in the image"},
	{"missing-lib.dlopen-path", layerImage, "dlopen by (absolute or relative) path; the file is not in the image"},
	{"missing-lib.dlopen-dependency", layerImage, "the dlopened library is there, one of its own DT_NEEDED is not"},
	{"missing-lib.search-path", layerImage, "the library is in the image, but in a directory the loader does not search"},
	{"missing-lib.interpreter", layerImage, "PT_INTERP is not in the image"},
	{"missing-lib.needed-on-host", layerImage, "Ops refuses: a DT_NEEDED library is not found on the host"},
	{"missing-lib.gconv", layerImage, "iconv/gconv module or its registry is missing"},
	{"bad-lib.wrong-arch", layerImage, "library of another architecture or class"},
	{"bad-lib.corrupt", layerImage, "library truncated or not an ELF file (git-lfs pointer)"},
	{"bad-lib.symbol-version", layerImage, "library without the symbol version that another object needs"},
	{"bad-lib.missing-symbol", layerImage, "library without a symbol the program looks up"},
	{"bad-program.not-elf", layerImage, "the program is a script or a foreign format (Mach-O)"},
	{"bad-program.wrong-arch", layerImage, "ELF for another machine or class (i386, riscv64, arm64)"},
	{"bad-program.corrupt-elf", layerImage, "program ELF is truncated, empty or damaged"},
	{"bad-program.not-executable", layerImage, "ELF, but a relocatable object or a shared library without entry"},
	{"missing-data.file", layerImage, "a data or config file the program opens is not in the image"},
	{"missing-data.argument-file", layerImage, "a file named by an argument is not in the image"},
	{"missing-data.runtime-files", layerImage, "files of the language runtime (Python library, modules) are missing"},
	{"missing-data.etc-file", layerImage, "a system database file is missing (/etc/hosts, /etc/group, zoneinfo)"},
	{"missing-data.locale", layerImage, "locale data is missing"},
	{"missing-data.directory", layerImage, "a directory that the program writes to does not exist"},
	{"missing-data.procfs", layerImage, "a /proc or /sys file that Nanos does not provide"},
	{"missing-data.symlink-target", layerImage, "a symlink in the image points to a file that was not bundled"},
	{"missing-data.ca-certificates", layerImage, "CA bundle missing, TLS verification fails"},
	{"missing-data.driver-registry", layerImage, "plugin/driver registry file (OpenCL ICD) missing"},
	{"missing-data.volume-file", layerImage, "the volume is mounted, the file is not on it"},
	{"missing-data.volume-not-mounted", layerImage, "no volume is mounted where the program expects its data"},
	{"missing-data.volume-wrong-mountpoint", layerImage, "the volume is mounted at another path than the program reads"},
	{"bad-data.corrupt-file", layerImage, "the data file is there but has wrong content"},
	{"bad-data.generated-etc", layerImage, "Ops generated a minimal /etc file that lacks the needed entry"},
	{"env.missing-variable", layerConfig, "environment variable set natively, not in the Ops config"},
	{"env.missing-arguments", layerConfig, "arguments missing: usage text"},
	{"env.wrong-cwd", layerConfig, "relative path correct only with another working directory"},
	{"env.no-stdin", layerConfig, "program waits for standard input"},
	{"resource.memory", layerMachine, "VM memory too small"},
	{"resource.disk-full", layerMachine, "ENOSPC on the root filesystem or a volume"},
	{"resource.address-space", layerMachine, "address-space reservation too large"},
	{"resource.stack", layerMachine, "main-thread stack smaller than natively"},
	{"resource.cpu-count", layerMachine, "program needs more vCPUs"},
	{"cpu.missing-instruction", layerMachine, "SIGILL: instruction the VM CPU lacks, no CPUID check"},
	{"cpu.missing-feature-check", layerMachine, "program checked CPUID itself and gave up"},
	{"cpu.isa-level", layerMachine, "the glibc loader refuses the ISA level of the ELF"},
	{"process.fork", layerKernel, "fork/daemon: no second process on Nanos"},
	{"process.vfork", layerKernel, "vfork: no second process on Nanos"},
	{"process.spawn", layerKernel, "system/popen/posix_spawn/Command/subprocess: no second process"},
	{"process.exec", layerKernel, "execve of itself or another program"},
	{"process.kill-other", layerKernel, "signalling another process"},
	{"syscall.unsupported", layerKernel, "system call not implemented (ENOSYS) and the program depends on it"},
	{"syscall.needs-klib", layerKernel, "system call is provided only with a klib"},
	{"kernel.writev-first-iovec", layerKernel, "kernel defect: writev/readv on console and pipes skips the first iovec"},
	{"network.dns", layerNetwork, "name resolution fails, no DNS reachable"},
	{"network.refused", layerNetwork, "connection refused"},
	{"network.unreachable", layerNetwork, "connection attempt hangs or is unreachable"},
	{"network.port-in-use", layerNetwork, "port already bound inside the guest"},
	{"network.tls-time", layerNetwork, "certificate expired or not yet valid"},
	{"program.panic", layerProgram, "Rust/Go panic of the program itself"},
	{"program.exception", layerProgram, "uncaught C++ exception"},
	{"program.assert", layerProgram, "assertion"},
	{"program.trap", layerProgram, "deliberate trap instruction (SIGILL natively too)"},
	{"program.segfault", layerProgram, "SIGSEGV natively too"},
	{"program.heap-corruption", layerProgram, "heap/stack corruption detected by libc"},
	{"program.infinite-recursion", layerProgram, "stack overflow natively too"},
	{"program.exit-nonzero", layerProgram, "program ends with an error code of its own"},
	{"program.signal-self", layerProgram, "program signals itself"},
	{"program.deadlock", layerProgram, "deadlock, hang without CPU use"},
	{"program.busy-loop", layerProgram, "hang with CPU use"},
	{"ops.program-not-found", layerHost, "program path wrong on the host"},
	{"ops.config-not-found", layerHost, "config file not found"},
	{"ops.config-syntax", layerHost, "config.json is not valid JSON"},
	{"ops.config-unknown-key", layerHost, "unknown key in config.json"},
	{"ops.config-type", layerHost, "value of the wrong JSON type"},
	{"ops.config-value", layerHost, "value rejected"},
	{"ops.file-missing", layerHost, "Files entry not on the host"},
	{"ops.files-absolute-path", layerHost, "absolute path in Files is looked up below the working directory (Ops defect)"},
	{"ops.files-dot-path", layerHost, "a Files entry with ./ or ../ lands where the guest never looks"},
	{"ops.mapdirs-pattern", layerHost, "MapDirs key without directory part fails"},
	{"ops.volume-not-found", layerHost, "volume label/uuid not found"},
	{"ops.port-in-use", layerHost, "forwarded host port in use"},
	{"ops.qemu-missing", layerHost, "no QEMU on PATH"},
	{"ops.kernel-not-available", layerHost, "Nanos release not installed and not downloadable"},
	{"ops.klib-not-found", layerHost, "klib not in the release (only a note)"},
	{"ops.klib-dependency", layerHost, "klib loaded without another klib it needs: kernel stops before exec"},
	{"ops.host-memory", layerHost, "QEMU cannot get the memory"},
	{"ops.ldd-failed", layerHost, "Ops cannot list the libraries of the program (ldd fails, e.g. dynamic musl)"},
	{"missing-lib.plugin-directory", layerImage, "a directory that the program lists for plugins is absent or empty; it often goes on silently without them"},
	{"missing-lib.nss", layerImage, "an NSS module (libnss_*.so.2) named by nsswitch.conf or built in is absent"},
	{"bad-lib.wrong-libc", layerImage, "a bundled NSS/gconv/other module does not match the bundled libc"},
	{"bad-program.symlinked", layerImage, "the program was given by a symlink; in the image $ORIGIN is the link's directory, and what lies beside the real file is not found"},
	{"missing-data.symlink-flattened", layerImage, "a link was copied as a file and the program derives something from the link"},
	{"missing-data.stat-only", layerImage, "a file that is never opened, only stat'ed, accessed or listed, is absent"},
	{"kernel.auxv", layerKernel, "Nanos supplies no AT_SECURE in the auxiliary vector; GLib programs abort"},
	{"kernel.assert", layerKernel, "the kernel itself stopped (assertion, halt, fault in kernel mode)"},
	{"kernel.special-file-clash", layerKernel, "a bundled /proc or /sys file collides with one that Nanos registers; the kernel stops at boot"},
	{"ops.trace-klib", layerHost, "`--trace` with a Nanos release that has no strace klib; the guest stops at boot"},
	{"ops.image-in-use", layerHost, "the image file is locked by another running instance"},
	{"ops.other", layerHost, "Ops or QEMU refused for a reason not listed; its own message is the evidence"},
	{"unknown", layerNone, "nothing in the evidence decides; say what was seen and what to record next"},
}

// IDs returns all cause ids in the order in which they are documented.
func IDs() []string {
	ids := make([]string, len(causes))
	for i, c := range causes {
		ids[i] = c.id
	}
	return ids
}

// lookup finds the row of an id.
func lookup(id string) (cause, bool) {
	for _, c := range causes {
		if c.id == id {
			return c, true
		}
	}
	return cause{}, false
}
