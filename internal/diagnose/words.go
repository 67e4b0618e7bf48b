package diagnose

import (
	"strings"

	"github.com/nanodiag/nanodiag/internal/lazyregexp"
)

// wordRule reads one kind of message that programs, runtimes and libraries print. A
// sample of the very input stands above each row.
type wordRule struct {
	re      *lazyregexp.Regexp
	id      string
	subject func(r *run, m []string, i int) string // from the match and the line's index; nil: the first group
	judge   func(r *run, m []string, i int) (id, subject string)
	points  int
	limit   Confidence // the message alone proves no more
	stated  bool       // the loader's own statement of the cause
	summary string     // %s is the subject
}

const soFile = "([^\\s:'\"`()]+\\.so[\\w.+-]*)"

var wordRules = []wordRule{
	// --- the loader's own words
	// /lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.38' not found (required by ./prog)
	{re: lazyregexp.New(soFile + ": version [`'‘]([^'’]+)['’] not found(?: \\(required by ([^)]+)\\))?"), judge: versionMissing, points: 95, stated: true, summary: "a library lacks the symbol version that another object needs: %s"},
	// ./plugins/libsnark.so: undefined symbol: prove_v2
	{re: lazyregexp.New(`(?:undefined symbol|symbol not found|[Ss]ymbol lookup error:.*undefined symbol): ?([\w.@]+)`), id: "bad-lib.missing-symbol", points: 92, summary: "a library was loaded and lacks the symbol %s"},
	// Error relocating /usr/lib/libx.so: foo: symbol not found        (musl)
	{re: lazyregexp.New(`Error relocating [^:]+: ([\w.@]+): symbol not found`), id: "bad-lib.missing-symbol", points: 92, summary: "a library was loaded and lacks the symbol %s"},
	// libx.so: wrong ELF class: ELFCLASS32
	{re: lazyregexp.New(soFile + `: (?:wrong ELF class|.*[Ee]xec format error)`), id: "bad-lib.wrong-arch", points: 95, stated: true, summary: "the library %s is built for another machine or class"},
	// libx.so: file too short | invalid ELF header | cannot read file data | ELF load command …
	{re: lazyregexp.New(soFile + `: (?:file too short|invalid ELF header|cannot read file data|ELF load command|ELF file's phentsize|object file has no|not an ELF|only ET_DYN|Not a valid dynamic program)`), id: "bad-lib.corrupt", points: 95, stated: true, summary: "the library %s is damaged or no ELF file"},
	// ./prog: CPU ISA level is lower than required      (without the name since March 2026)
	{re: lazyregexp.New(`(\S*): CPU ISA level is lower than required`), id: "cpu.isa-level", subject: func(r *run, m []string, _ int) string { return firstOf(m[1], r.program(nil)) }, points: 95, stated: true, summary: "%s is built for a CPU level above that of the guest"},
	// libgcc_s.so.1 must be installed for pthread_exit to work  (the beginning may be lost)
	{re: lazyregexp.New(`must be installed for pthread_\w+ to work`), id: "missing-lib.dlopen-soname", subject: fixed("libgcc_s.so.1"), points: 90, summary: "the library %s, which the C library opens to end a thread, is not in the image"},
	// could not load ./plugins/libplonk.so: libbn254.so: cannot open shared object file: No such file or directory
	{re: lazyregexp.New(soFile + `: cannot open shared object file`), judge: libraryMissing, points: 70, limit: Possible, summary: "the loader did not find %s"},
	// Error loading shared library libx.so: No such file or directory (needed by ./prog)   (musl)
	{re: lazyregexp.New(`Error loading shared library ` + soFile + `:`), judge: libraryMissing, points: 70, limit: Possible, summary: "the loader did not find %s"},
	// plugin.Open("./plug.so"): realpath failed
	{re: lazyregexp.New(`plugin\.Open\("([^"]+)"\): (?:realpath failed|.*no such file)`), id: "missing-lib.dlopen-path", points: 85, summary: "the Go plugin %s is not in the image"},
	// plugin was built with a different version of package runtime
	{re: lazyregexp.New(`plugin\.Open\("([^"]+)"\): plugin was built with a different version`), id: "bad-lib.symbol-version", points: 85, summary: "the Go plugin %s was built with another tool chain than the program"},
	// ImportError: libx.so.1: cannot open …  is covered above; java.lang.UnsatisfiedLinkError: no x in java.library.path
	{re: lazyregexp.New(`UnsatisfiedLinkError: no (\w+) in java\.library\.path`), id: "missing-lib.dlopen-soname", points: 80, summary: "the native library %s is not in the image"},

	// --- families with a registry or a directory
	// iconv_open: Invalid argument | conversion from UTF-16 unsupported
	{re: lazyregexp.New(`(?i)iconv(?:_open)?\b.*(?:invalid argument|not supported|unsupported|cannot convert|failed)|(?:unsupported|unknown) (?:charset|character set|encoding)|cannot convert from .* to |conversion from \S+ to \S+ (?:is )?(?:not supported|unsupported)`), id: "missing-lib.gconv", subject: gconvSubject, points: 62, limit: Possible, summary: "a character set conversion is not available: %s"},
	// clGetPlatformIDs: error -1001
	{re: lazyregexp.New(`clGetPlatformIDs\D*-1001|CL_PLATFORM_NOT_FOUND|-1001\b.*(?i:opencl|platform)|(?i:no opencl platforms?)|VK_ERROR_INCOMPATIBLE_DRIVER|Found no drivers|Data source name not found|[Nn]o ICD|libEGL warning`), id: "missing-data.driver-registry", subject: (*run).registrySubject, points: 70, limit: Possible, summary: "no driver is registered: %s"},
	// Could not find the Qt platform plugin "xcb" in ""
	{re: lazyregexp.New(`Qt platform plugin "?(\w*)|(?i:no ?decode ?delegate ?for ?this ?image ?format)|no element "(\w+)"|Missing element '(\w+)'|[Nn]o (?:plugins?|modules?|codecs?|backends?|drivers?) (?:were )?(?:found|loaded|available|registered)`), id: "missing-lib.plugin-directory", points: 55, limit: Possible, summary: "a plugin directory is not in the image (%s)"},

	// --- language runtimes
	// ModuleNotFoundError: No module named 'encodings'
	{re: lazyregexp.New(`No module named '?([\w.]+)'?`), id: "missing-data.runtime-files", subject: pythonModule, points: 88, limit: Likely, summary: "Python does not find %s"},
	{re: lazyregexp.New(`Can't locate (\S+) in @INC`), id: "missing-data.runtime-files", points: 88, limit: Likely, summary: "Perl does not find %s"},
	// main.rb:1:in `require': cannot load such file -- json (LoadError)
	{re: lazyregexp.New(`cannot load such file -- ([^\s)]+) \(LoadError\)`), id: "missing-data.runtime-files", points: 88, limit: Likely, summary: "Ruby does not find %s"},
	// no calendar (cannot load such file -- etc_calendar)      (the program's own words: it went on)
	{re: lazyregexp.New(`cannot load such file -- ([^\s)]+)`), id: "missing-data.runtime-files", points: 40, limit: Possible, summary: "Ruby does not find %s"},
	// jq: error: module not found: units
	{re: lazyregexp.New(`(?i)\bmodule not found: ?['"]?([\w./-]+)`), id: "missing-data.runtime-files", points: 70, limit: Possible, summary: "the runtime does not find %s"},
	// Error: Cannot find module '/src/main.js'
	{re: lazyregexp.New(`Cannot find (?:module|package) '([^']+)'`), judge: nodeModule, points: 88, limit: Likely, summary: "Node does not find %s"},
	// module 'fw.compile' not found:   no field package.preload['fw.compile']   no file './fw/compile.lua' …
	{re: lazyregexp.New(`module '([\w.]+)' not found:`), id: "missing-data.runtime-files", subject: func(_ *run, m []string, _ int) string { return strings.ReplaceAll(m[1], ".", "/") + ".lua" }, points: 88, limit: Likely, summary: "Lua does not find %s"},
	{re: lazyregexp.New(`(?:Failed opening required|failed to open stream:.*) '([^']+)'`), id: "missing-data.runtime-files", points: 70, limit: Likely, summary: "PHP does not find %s"},
	{re: lazyregexp.New(`there is no package called ['‘](\w+)`), id: "missing-data.runtime-files", points: 80, limit: Likely, summary: "R does not find the package %s"},
	{re: lazyregexp.New(`could not find or load main class (\S+)|Could not find or load main class (\S+)|(?:Unable to|can't|cannot) (?:access|find|read) (?:the )?jarfile (\S+)|(lib/modules)\b.*(?:not found|missing)|Error occurred during initialization of boot layer|ClassNotFoundException: (\S+)|NoClassDefFoundError: (\S+)`), id: "missing-data.runtime-files", points: 75, limit: Likely, summary: "Java does not find %s"},
	{re: lazyregexp.New(`can't find can core file|[Cc]an't find a usable (init\.tcl)|can't find package (\S+)|ERROR: In procedure .*no code for module \(([^)]+)\)`), id: "missing-data.runtime-files", points: 75, limit: Likely, summary: "the runtime does not find %s"},
	// unknown time zone Europe/Berlin
	{re: lazyregexp.New(`(?i)unknown time ?zone:? ?(\S*)|ZoneInfoNotFoundError: '?([^']*)|time zone (\S+) not found`), id: "missing-data.etc-file", subject: (*run).zoneSubject, points: 82, limit: Likely, summary: "the time zone data is not in the image: %s"},
	{re: lazyregexp.New(`(?i)locale::facet::_S_create_c_locale name not valid|unsupported locale setting|(?:can(?:not|'t)|could not|failed to) (?:set|change) (?:the )?locale|locale (?:not|is not) (?:supported|available|installed)|setlocale:? .*(?:fail|cannot)`), id: "missing-data.locale", subject: localeSubject, points: 85, limit: Likely, summary: "the locale's data is not in the image: %s"},

	// --- TLS
	{re: lazyregexp.New(`(?i)certificate has expired|not yet valid|is not valid yet|CERT_HAS_EXPIRED|CERT_NOT_YET_VALID|certificate expired`), id: "network.tls-time", subject: fixed("certificate validity"), points: 95, limit: Likely, summary: "a certificate is expired or not valid yet by the guest's clock"},
	{re: lazyregexp.New(`(?i)(?:certificate )?signed by unknown authority|unable to get (?:local )?issuer cert|self[- ]signed certificate|UnknownIssuer|invalid peer certificate|unable to verify the first certificate|SELF_SIGNED_CERT|CERTIFICATE_VERIFY_FAILED|certificate verify failed|(?:error|failed) setting certificate|no (?:trusted )?(?:root )?(?:CA )?certificates? (?:found|available|loaded)|x509: (?:failed to load )?system roots|SSL certificate problem|problem with the SSL CA cert`), id: "missing-data.ca-certificates", subject: (*run).caSubject, points: 90, limit: Likely, summary: "certificates cannot be verified for lack of %s"},

	// --- names of hosts, users and groups
	{re: lazyregexp.New(`(?i)name or service not known|temporary failure in name resolution|no address associated with|no such host|\bENOTFOUND\b|\bEAI_AGAIN\b|could not resolve host|failed to lookup address|unknown host|nodename nor servname|name resolution|name does not resolve|host not found|cannot resolve|getaddrinfo (?:failed|error)|NXDOMAIN|dns error`), judge: hostLookup, points: 88, limit: Likely, summary: "%s does not resolve"},
	{re: lazyregexp.New(`(?i)(?:no such|unknown|invalid|can(?:not|'t) find|could not find) (?:user|uid|userid|account|user ?name)\b[:\s'"]*([\w.-]*)|getpwnam\(?\W*([\w.-]*)|getpwuid|user:? (?:lookup|unknown)[^:]*:? ?([\w.-]*)|user ['"]?([\w.-]+)['"]? (?:does not exist|not found|is unknown)`), id: "bad-data.generated-etc", subject: fixed("/etc/passwd"), points: 80, limit: Likely, summary: "%s, which Ops generates with root alone, lacks the user that the program looks up"},
	{re: lazyregexp.New(`(?i)(?:chang|sett?|switch|join|dropp?)\w* (?:to )?(?:the )?group\b`), id: "missing-data.etc-file", subject: fixed("/etc/group"), points: 50, limit: Possible, summary: "%s is not in the image"},
	{re: lazyregexp.New(`(?i)\b(?:account|user)\b.{0,24}(?:missing|absent|unknown|not found|does not exist)`), id: "bad-data.generated-etc", subject: fixed("/etc/passwd"), points: 62, limit: Possible, summary: "%s, which Ops generates with root alone, lacks the user that the program looks up"},
	{re: lazyregexp.New(`(?i)(?:no such|unknown|invalid|can(?:not|'t) find) group\b|getgrnam|getgrgid|group:? (?:lookup|unknown)|group ['"]?[\w.-]+['"]? (?:does not exist|not found)`), id: "missing-data.etc-file", subject: fixed("/etc/group"), points: 80, limit: Likely, summary: "%s is not in the image"},
	{re: lazyregexp.New(`(?i)unknown (?:service|protocol|port name)|servname not supported|getservbyname|getprotobyname|(?:service|servname) not (?:found|supported)|lookup tcp/`), id: "missing-data.etc-file", subject: serviceFile, points: 75, limit: Possible, summary: "%s is not in the image"},

	// --- network
	{re: lazyregexp.New(`(?i)address (?:already )?in use|\bEADDRINUSE\b`), id: "network.port-in-use", subject: func(r *run, _ []string, i int) string { return portIn(r.words[i].Text) }, points: 90, limit: Likely, summary: "the port %s is already bound inside the guest"},
	{re: lazyregexp.New(`(?i)connection refused|\bECONNREFUSED\b`), id: "network.refused", subject: func(r *run, _ []string, i int) string { return hostIn(r.words[i].Text) }, points: 88, limit: Likely, summary: "the connection to %s was refused"},
	{re: lazyregexp.New(`(?i)(?:connect\w*|operation|request|dial)\b.* timed? ?out|\bETIMEDOUT\b|no route to host|network (?:is )?unreachable|host (?:is )?(?:unreachable|down)|\bEHOSTUNREACH\b|\bENETUNREACH\b|i/o timeout`), id: "network.unreachable", subject: func(r *run, _ []string, i int) string { return hostIn(r.words[i].Text) }, points: 82, limit: Likely, summary: "%s cannot be reached from the guest"},

	// a blocking connect with a time limit ends so
	{re: lazyregexp.New(`(?i)operation now in progress|\bEINPROGRESS\b`), id: "network.unreachable", subject: func(r *run, _ []string, i int) string { return hostIn(r.words[i].Text) }, points: 70, limit: Possible, summary: "%s cannot be reached from the guest"},
	{re: lazyregexp.New(`(?i)address family not supported|socket type not supported|protocol not supported`), id: "syscall.unsupported", subject: fixed("socket"), points: 74, limit: Likely, summary: "Nanos does not support the kind of %s that the program asks for"},
	{re: lazyregexp.New(`(?i)connection reset|\bECONNRESET\b`), id: "network.refused", subject: func(r *run, _ []string, i int) string { return hostIn(r.words[i].Text) }, points: 62, limit: Possible, summary: "the connection to %s was not accepted"},

	// --- machine
	{re: lazyregexp.New(`(?i)short write|\bwrit(?:e|ing)\b.*\b(?:fail\w*|error)|(?:fail\w*|cannot|could not|unable) (?:to )?(?:write|flush|save|store)\b|flush failed`), id: "resource.disk-full", subject: fixed("/"), points: 46, limit: Possible, summary: "a write failed; the usual reason is that no space is left on %s"},
	{re: lazyregexp.New(`(?i)no space left on device|\bENOSPC\b|disk (?:is )?full|not enough (?:free )?(?:disk )?space`), id: "resource.disk-full", subject: fixed("/"), points: 92, limit: Likely, summary: "no space is left on %s"},
	{re: lazyregexp.New(`(?i)(?:reserve|reservation|address space|virtual memory|mmap|map(?:ping)? of|heap of)\b.*(?:cannot allocate memory|out of memory|failed|\bENOMEM\b|error=?'?\w*12)|could not reserve enough space|failed to reserve (?:virtual )?(?:memory|address)`), id: "resource.address-space", subject: fixed("mmap"), points: 74, limit: Possible, summary: "the program reserves more address space than there is (%s)"},
	{re: lazyregexp.New(`(?i)std::bad_alloc|MemoryError|memory allocation of \d+ bytes failed|out of memory|cannot allocate memory|\bENOMEM\b|heap out of memory|GC overhead|OutOfMemory|fatal error: fault|not enough memory`), judge: memoryWords, points: 72, limit: Possible, summary: "the guest's memory does not suffice (%s)"},
	{re: lazyregexp.New(`(?i)has overflowed its stack|stack[ _-]?overflow|goroutine stack exceeds|Maximum call stack|StackOverflowError|maximum recursion depth`), judge: stackWords, points: 90, limit: Likely, summary: "the stack overflowed (%s)"},
	{re: lazyregexp.New(`(?i)(?:need|require)s?\b.{0,20}\b(?:at least )?(?:\d+|two|four|more|multiple)\b.{0,12}(?:cpus?|cores?|processors?|vcpus?|hardware threads)\b|(?:too few|not enough|insufficient) (?:cpus?|cores?|processors?)|(?:no|0|zero) worker(?:s| threads)\b|only (?:one|1) (?:cpu|core|processor)`), id: "resource.cpu-count", subject: fixed("1 vCPU"), points: 84, limit: Likely, summary: "the program needs more processors than the guest has (%s)"},
	// AVX-512 support is mandatory for this build (feature `avx512f`)
	{re: lazyregexp.New(`(?i)\b(avx-?512[\w.]*|avx(?:[-_. ]?vnni|2)?|sse(?:4[._]?[12a]?|3|2)?|ssse3|bmi[12]?|adx|aes-?ni|vaes|sha-?ni|sha_ni|pclmul(?:qdq)?|gfni|f16c|fma[34]?|popcnt|rdrand|rdseed|movbe|lzcnt|rdtscp|amx[-_\w]*|mulx|x86-64-v[234]|clmul|cmpxchg16b|fsgsbase|erms)\b`), judge: cpuFeature, points: 88, limit: Likely, summary: "the program needs the CPU feature %s, which the guest lacks"},
	// This program can only be run on AMD64 processors with v4 microarchitecture support.      (Go, GOAMD64=v4)
	{re: lazyregexp.New(`can only be run on \w+ processors with (v[234]) microarchitecture support`), id: "cpu.missing-feature-check", subject: func(_ *run, m []string, _ int) string { return "x86-64-" + m[1] }, points: 95, stated: true, summary: "the program is built for the CPU level %s, which the guest lacks"},
	{re: lazyregexp.New(`(?i)(?:cpu|processor)\b.{0,40}(?:not supported|unsupported|too old|does not support|lacks|is missing|incompatible)|(?:unsupported|incompatible) (?:cpu|processor)|(?:requires|need) a (?:newer|different) (?:cpu|processor)`), id: "cpu.missing-feature-check", subject: fixed("CPU"), points: 74, limit: Possible, summary: "the program refuses the guest's %s"},

	// --- second processes
	// Error: spawnSync /bin/sh ENOSYS
	{re: lazyregexp.New(`spawn(?:Sync)? (\S+) E(?:NOSYS|NOMEM|AGAIN|INVAL)`), id: "process.spawn", points: 90, limit: Likely, summary: "the program starts another one (%s), and Nanos runs one process only"},
	// fork/exec /bin/true: function not implemented
	{re: lazyregexp.New(`fork/exec (\S+?): `), id: "process.spawn", points: 90, limit: Likely, summary: "the program starts another one (%s), and Nanos runs one process only"},
	{re: lazyregexp.New(`_fork_exec|posix_spawn|subprocess\.(?:run|Popen|call)|\bpopen\b|std::process::Command|child_process|ProcessBuilder|Cannot run program "([^"]+)"|os/exec|can't fork|cannot fork|execvp?e?\b|system\(`), judge: spawnWords, points: 84, limit: Likely, summary: "the program starts another one (%s), and Nanos runs one process only"},
	{re: lazyregexp.New(`(?i)\b(fork|forking|daemon|daemonize|daemonise|daemonizing|prefork|multiprocessing)\b`), judge: forkWords, points: 86, limit: Likely, summary: "the program forks (%s), and Nanos runs one process only"},
	// failed to run solver: Os { code: 38, kind: Unsupported, message: "Function not implemented" }
	{re: lazyregexp.New(`(?i)\b(?:run|running|start|starting|launch|launching|spawn|spawning|exec|execute|executing|invoke|call)\b(?: (?:the|a|child|command|program|process|helper|tool|external))* [\x60'"]?([\w./-]+)`), judge: spawnWords, points: 78, limit: Possible, summary: "the program starts another one (%s), and Nanos runs one process only"},
	// system() returned 32512: 127 << 8, what the C library gives when it cannot fork
	{re: lazyregexp.New(`\b32512\b`), id: "process.spawn", subject: fixed("system"), points: 84, limit: Likely, summary: "the program starts another one with %s(), and Nanos runs one process only"},
	{re: lazyregexp.New(`(?i)\bkill\b.*no such process|no such process`), id: "process.kill-other", subject: fixed("kill"), points: 86, limit: Likely, summary: "the program signals another process (%s); there is none"},

	// --- calls
	{re: enosysWords, judge: callWords, points: 80, limit: Likely, summary: "Nanos does not implement %s"},
	{re: enosysWords, judge: callTopicWords, points: 62, limit: Possible, summary: "Nanos does not implement %s"},
	{re: lazyregexp.New(`(?i)(?:invalid argument|operation not supported|not supported|unsupported kernel|kernel (?:does not|doesn't|is too|too old|lacks)|protocol not available|\bEINVAL\b|\bENOTSUP\b|\bEOPNOTSUPP\b)`), judge: callTopicWords, points: 60, limit: Possible, summary: "Nanos does not implement %s, or not in this form"},
	{re: lazyregexp.New(`(?i)debugger (?:is )?(?:detected|attached|present)|being (?:debugged|traced)`), judge: callTopicWords, points: 55, limit: Possible, summary: "a check that uses %s fails"},

	// --- environment
	// PROVER_KEY not set
	{re: lazyregexp.New(`\b([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|[A-Z]{4,})\b["'\x60)]*:? (?:environment variable |env var |variable )?(?:is |was |must be |has |needs to be |should be |env(?:ironment)? )*(?:not (?:set|defined|found|provided|specified|given|configured|exported)|unset|undefined|missing|required|set\b|empty|unbound)`), judge: variableWords, points: 90, limit: Likely, summary: "the environment variable %s is not set in the guest"},
	{re: lazyregexp.New(`(?i:environment variable|env(?:ironment)? var(?:iable)?|envvar|\$)[\s:'"\x60({=]*([A-Z][A-Z0-9_]{2,})`), judge: variableWords, points: 88, limit: Likely, summary: "the environment variable %s is not set in the guest"},
	{re: lazyregexp.New(`(?i:missing|unset|undefined|require[sd]?|expected|set|define|export|provide|no)\b(?: (?i:the|an?|required|environment|env|variables?|vars?|value|for))*[\s:'"\x60$({]*\b([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)\b`), judge: variableWords, points: 84, limit: Likely, summary: "the environment variable %s is not set in the guest"},
	{re: lazyregexp.New(`KeyError: '([A-Z][A-Z0-9_]{2,})'`), judge: variableWords, points: 86, limit: Likely, summary: "the environment variable %s is not set in the guest"},
	// Fatal error: R home directory is not defined
	{re: lazyregexp.New(`\b([A-Z]\w*) home (?:directory )?(?:is )?(?:not|un)(?: ?(?:defined|set|found|specified))|(?i:\b(java|python|perl|ruby|gem|hadoop|spark|cuda|conda|go|cargo)[_ ]?home\b[^=]{0,20}not)`), id: "env.missing-variable", subject: homeVariable, points: 80, limit: Likely, summary: "the environment variable %s is not set in the guest"},
	// called `Result::unwrap()` on an `Err` value: NotPresent        (std::env::VarError)
	{re: lazyregexp.New(`\bNotPresent\b|environment variable not found|VarError`), id: "env.missing-variable", subject: (*run).variableSubject, points: 88, limit: Likely, summary: "an environment variable is not set in the guest %s"},
	// usage: ./prog <circuit> <witness>
	{re: lazyregexp.New(`^(?i:usage|syntax)\s*:\s*(\S.*)`), id: "env.missing-arguments", points: 86, limit: Likely, summary: "the program was started without the arguments it needs: %s"},
	{re: lazyregexp.New(`(?i)(?:required|positional) arguments? (?:were|was|are|is)? ?(?:not provided|missing|required)|missing (?:required )?(?:positional )?(?:argument|operand|parameter|subcommand|option)|too few arguments|not enough arguments|expected (?:at least )?\d+ arguments?|the following (?:required )?arguments|no (?:input|command|arguments?|file) (?:specified|given|provided)|try '[^']*--help'`), id: "env.missing-arguments", subject: func(r *run, _ []string, i int) string { return r.words[i].Text }, points: 80, limit: Likely, summary: "the program was started without the arguments it needs: %s"},

	// --- kernel
	{re: lazyregexp.New(`getauxval ?\(\) failed`), id: "kernel.auxv", subject: fixed("AT_SECURE"), points: 95, limit: Likely, summary: "GLib asks the auxiliary vector for %s, which Nanos does not supply"},
	{re: lazyregexp.New(`(?i)not enough memory to run on this device|(?:no|cannot|failed to|unable to) (?:detect|determine|read|get|parse|find)\b.{0,30}\b(?:cpu|topology|processor)s?\b`), id: "missing-data.procfs", subject: (*run).procSubject, points: 60, limit: Possible, summary: "the CPU topology is not known to the program: %s"},

	// topology: Os { code: 2, kind: NotFound, message: "No such file or directory" }
	{re: lazyregexp.New(procTerms), judge: procWords, points: 60, limit: Possible, summary: "Nanos does not provide %s"},

	// --- files, by the texts of ENOENT
	{re: lazyregexp.New(`(?i)(?:tmpfile|temp(?:orary)?[ _-]?(?:file|dir\w*)|mkstemp|mkdtemp|mkostemp|tempnam|TMPDIR|scratch|usable temporary directory|/tmp\b)`), judge: temporaryWords, points: 76, limit: Possible, summary: "the directory %s, in which the program creates a file, does not exist in the image"},
	{re: lazyregexp.New(`(?i)shm_open|sem_open|shared[ _-](?:mem\w*|ring|segment|buffer)|/dev/shm|SemLock`), judge: sharedWords, points: 76, limit: Possible, summary: "the directory %s does not exist in the image"},
	{re: lazyregexp.New(`(?i)(?:no such file|\bENOENT\b|not found|cannot (?:open|find|read|stat|load|access)|can't (?:open|find|read|stat|load|access)|could ?n[o']t (?:open|find|read|stat|load|access)|unable to (?:open|find|read|load|access|locate)|failed to (?:open|find|read|load|access|locate|stat)|does not exist|doesn't exist|missing file|is missing|FileNotFound|error (?:opening|reading|loading))`), judge: fileWords, points: 64, limit: Possible, summary: "%s is not in the image"},
	// load r1cs: Os { code: 2, kind: NotFound, message: "No such file or directory" }
	{re: lazyregexp.New(calledFile), judge: calledWords, points: 59, limit: Possible, summary: "a file that the program calls '%s' is not in the image"},

	// --- the program's own end
	// thread 'main' (2) panicked at prog.rs:1:84:
	{re: lazyregexp.New(`^thread '[^']*'(?: \(\d+\))? panicked at (.*)`), id: "program.panic", subject: rustMessage, points: 48, limit: Likely, summary: "the program panicked: %s"},
	{re: lazyregexp.New(`^panic: (.*)`), id: "program.panic", points: 48, limit: Likely, summary: "the program panicked: %s"},
	{re: lazyregexp.New(`^fatal error: (all goroutines are asleep - deadlock!)`), id: "program.deadlock", points: 80, limit: Likely, summary: "the Go runtime found a deadlock: %s"},
	{re: lazyregexp.New(`^fatal error: (.*)`), id: "program.panic", points: 44, limit: Likely, summary: "the Go runtime stopped the program: %s"},
	// terminate called after throwing an instance of 'std::logic_error'
	{re: lazyregexp.New(`terminate called|^libc\+\+abi: `), id: "program.exception", subject: cppMessage, points: 50, limit: Likely, summary: "an exception was not caught: %s"},
	// prog: prog.c:4: main: Assertion `c==17' failed.
	{re: lazyregexp.New("Assertion [`'‘]?(.*?)['’]? failed|assertion \"?(.*?)\"? failed|^Assertion failed:? (.*)|AssertionError:? ?(.*)|ASSERT(?:ION)?_?FAIL\\w*:? ?(.*)"), id: "program.assert", points: 58, limit: Likely, summary: "an assertion of the program failed: %s"},
	{re: lazyregexp.New(`(?i)(double free (?:or corruption|detected)|(?:malloc_consolidate|tcache_thread_shutdown|realloc|calloc|malloc_usable_size)\(\): \w+|corrupted (?:size|double-linked|unsorted)|(?:free|malloc|realloc)\(\): (?:double free|invalid|corrupted|unaligned|memory|mismatch|unsorted|smallbin|largebin)[\w ,-]*|munmap_chunk\(\): invalid pointer|invalid pointer$|stack smashing detected|buffer overflow detected|heap-(?:buffer-overflow|use-after-free)|corrupted top size)`), id: "program.heap-corruption", points: 82, limit: Likely, summary: "the C library found memory damaged: %s"},
	{re: lazyregexp.New(`^(?:\w+\.)*((?:[A-Z]\w*)?(?:Error|Exception|Interrupt|Exit): .*|[A-Z]\w+(?:Error|Exception|Interrupt|Exit))$`), judge: exceptionLine, points: 46, limit: Likely, summary: "an exception was not caught: %s"},
	// gantt.rb:5:in `start': undefined method `after' for nil:NilClass (NoMethodError)      (Ruby)
	{re: lazyregexp.New("^\\S+:\\d+:in [`'].*': (.* \\(\\w+(?:::\\w+)*\\))$"), id: "program.exception", points: 50, limit: Likely, summary: "an exception was not caught: %s"},
	{re: lazyregexp.New(`Exception in thread "[^"]*" (.*)|^Uncaught (.*)|[Uu]nhandled (?:exception|promise|rejection)[^:]*:? ?(.*)|^\s*throw (?:err|new)\b`), id: "program.exception", points: 46, limit: Likely, summary: "an exception was not caught: %s"},
}
