package diagnose

import (
	"fmt"
	"path"
	"strings"
	"syscall"

	"github.com/nanodiag/nanodiag/internal/lazyregexp"
	"github.com/nanodiag/nanodiag/internal/nanos"
	"github.com/nanodiag/nanodiag/strace"
	"github.com/nanodiag/nanodiag/tracelog"
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
	{re: lazyregexp.New(`(?i)iconv(?:_open)?\b.*(?:invalid argument|not supported|unsupported|cannot convert|failed)|(?:unsupported|unknown) (?:charset|character set|encoding)|cannot convert from .* to |conversion from \S+ to \S+ (?:is )?(?:not supported|unsupported)`), id: "missing-lib.gconv", subject: r1gconv, points: 62, limit: Possible, summary: "a character set conversion is not available: %s"},
	// clGetPlatformIDs: error -1001
	{re: lazyregexp.New(`clGetPlatformIDs\D*-1001|CL_PLATFORM_NOT_FOUND|-1001\b.*(?i:opencl|platform)|(?i:no opencl platforms?)|VK_ERROR_INCOMPATIBLE_DRIVER|Found no drivers|Data source name not found|[Nn]o ICD|libEGL warning`), id: "missing-data.driver-registry", subject: (*run).registrySubject, points: 70, limit: Possible, summary: "no driver is registered: %s"},
	// Could not find the Qt platform plugin "xcb" in ""
	{re: lazyregexp.New(`Qt platform plugin "?(\w*)|no decode delegate for this image format|no element "(\w+)"|Missing element '(\w+)'|[Nn]o (?:plugins?|modules?|codecs?|backends?|drivers?) (?:were )?(?:found|loaded|available|registered)`), id: "missing-lib.plugin-directory", points: 55, limit: Possible, summary: "a plugin directory is not in the image (%s)"},

	// --- language runtimes
	// ModuleNotFoundError: No module named 'encodings'
	{re: lazyregexp.New(`No module named '?([\w.]+)'?`), id: "missing-data.runtime-files", subject: pythonModule, points: 88, limit: Likely, summary: "Python does not find %s"},
	{re: lazyregexp.New(`Can't locate (\S+) in @INC`), id: "missing-data.runtime-files", points: 88, limit: Likely, summary: "Perl does not find %s"},
	{re: lazyregexp.New(`cannot load such file -- (\S+)`), id: "missing-data.runtime-files", points: 88, limit: Likely, summary: "Ruby does not find %s"},
	// Error: Cannot find module '/src/main.js'
	{re: lazyregexp.New(`Cannot find (?:module|package) '([^']+)'`), judge: nodeModule, points: 88, limit: Likely, summary: "Node does not find %s"},
	{re: lazyregexp.New(`module '([\w.]+)' not found:|no file '([^']+\.lua)'`), id: "missing-data.runtime-files", points: 70, limit: Likely, summary: "Lua does not find %s"},
	{re: lazyregexp.New(`(?:Failed opening required|failed to open stream:.*) '([^']+)'`), id: "missing-data.runtime-files", points: 70, limit: Likely, summary: "PHP does not find %s"},
	{re: lazyregexp.New(`there is no package called ['‘](\w+)`), id: "missing-data.runtime-files", points: 80, limit: Likely, summary: "R does not find the package %s"},
	{re: lazyregexp.New(`could not find or load main class (\S+)|Could not find or load main class (\S+)|(?:Unable to|can't|cannot) (?:access|find|read) (?:the )?jarfile (\S+)|(lib/modules)\b.*(?:not found|missing)|Error occurred during initialization of boot layer|ClassNotFoundException: (\S+)|NoClassDefFoundError: (\S+)`), id: "missing-data.runtime-files", points: 75, limit: Likely, summary: "Java does not find %s"},
	{re: lazyregexp.New(`can't find can core file|[Cc]an't find a usable init\.tcl|can't find package (\S+)|ERROR: In procedure .*no code for module \(([^)]+)\)`), id: "missing-data.runtime-files", points: 75, limit: Likely, summary: "the runtime does not find %s"},
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
	{re: lazyregexp.New(`(?i)has overflowed its stack|stack overflow|goroutine stack exceeds|Maximum call stack|StackOverflowError|maximum recursion depth`), judge: stackWords, points: 90, limit: Likely, summary: "the stack overflowed (%s)"},
	{re: lazyregexp.New(`(?i)(?:need|require)s?\b.{0,20}\b(?:at least )?(?:\d+|two|four|more|multiple)\b.{0,12}(?:cpus?|cores?|processors?|vcpus?|hardware threads)\b|(?:too few|not enough|insufficient) (?:cpus?|cores?|processors?)|(?:no|0|zero) worker(?:s| threads)\b|only (?:one|1) (?:cpu|core|processor)`), id: "resource.cpu-count", subject: fixed("1 vCPU"), points: 84, limit: Likely, summary: "the program needs more processors than the guest has (%s)"},
	// AVX-512 support is mandatory for this build (feature `avx512f`)
	{re: lazyregexp.New(`(?i)\b(avx-?512[\w.]*|avx(?:[-_. ]?vnni|2)?|sse(?:4[._]?[12a]?|3|2)?|ssse3|bmi[12]?|adx|aes-?ni|vaes|sha-?ni|sha_ni|pclmul(?:qdq)?|gfni|f16c|fma[34]?|popcnt|rdrand|rdseed|movbe|lzcnt|rdtscp|amx[-_\w]*|mulx|x86-64-v[234]|clmul|cmpxchg16b|fsgsbase|erms)\b`), judge: cpuFeature, points: 88, limit: Likely, summary: "the program needs the CPU feature %s, which the guest lacks"},
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

	{re: lazyregexp.New(`VmRSS|VmPeak|VmSize|VmHWM|(?i:bogomips|model name|cpu model)|(?i:load ?average|loadavg)|(?i:\buptime\b)|(?i:entropy)|(?i:mount table|mountinfo)`), judge: procWords, points: 58, limit: Possible, summary: "Nanos does not provide %s"},

	// --- files, by the texts of ENOENT
	{re: lazyregexp.New(`(?i)(?:tmpfile|temp(?:orary)?[ _-]?(?:file|dir\w*)|mkstemp|mkdtemp|mkostemp|tempnam|TMPDIR|scratch|usable temporary directory|/tmp\b)`), judge: temporaryWords, points: 76, limit: Possible, summary: "the directory %s, in which the program creates a file, does not exist in the image"},
	{re: lazyregexp.New(`(?i)shm_open|sem_open|shared[ _-](?:mem\w*|ring|segment|buffer)|/dev/shm|SemLock`), judge: sharedWords, points: 76, limit: Possible, summary: "the directory %s does not exist in the image"},
	{re: lazyregexp.New(`(?i)(?:no such file|\bENOENT\b|not found|cannot (?:open|find|read|stat|load|access)|can't (?:open|find|read|stat|load|access)|could ?n[o']t (?:open|find|read|stat|load|access)|unable to (?:open|find|read|load|access|locate)|failed to (?:open|find|read|load|access|locate|stat)|does not exist|doesn't exist|missing file|is missing|FileNotFound|error (?:opening|reading|loading))`), judge: fileWords, points: 64, limit: Possible, summary: "%s is not in the image"},

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
	{re: lazyregexp.New(`Exception in thread "[^"]*" (.*)|^Uncaught (.*)|[Uu]nhandled (?:exception|promise|rejection)[^:]*:? ?(.*)|^\s*throw (?:err|new)\b`), id: "program.exception", points: 46, limit: Likely, summary: "an exception was not caught: %s"},
}

// enosysWords are the texts of ENOSYS in C, Node, Rust and Python.
var enosysWords = lazyregexp.New(`(?i)function not implemented|\bENOSYS\b|code: 38\b|errno 38\b|os error 38\b`)

// pointsUnnamed is taken off a message that does not name its subject: another line
// of the same message may.
const pointsUnnamed = 6

// judgeWords turns the last words into candidates.
func (r *run) judgeWords(suspects []access) []candidate {
	var out []candidate
	seen := map[string]bool{}
	for i := len(r.words) - 1; i >= r.firstWord(); i-- {
		l := r.words[i]
		if tolerated.MatchString(l.Text) && !r.fatalLine(i) || r.coped(i) {
			continue
		}
		outlived := r.outlived(i)
		low := strings.ToLower(l.Text)
		natively := r.saidNatively(l.Text)
		for k, rule := range wordRules {
			if !mayMatch(wordNeedles()[k], low) {
				continue
			}
			if natively && !(r.nativeFails() && ofProgram(rule.id)) || rule.id == idVariable && listing.MatchString(l.Text) {
				continue
			}
			m := rule.re.FindStringSubmatch(l.Text)
			if m == nil {
				continue
			}
			id, subject := rule.id, ""
			switch {
			case rule.judge != nil:
				id, subject = rule.judge(r, m, i)
			case rule.subject != nil:
				subject = rule.subject(r, m, i)
			default:
				subject = firstGroup(m)
			}
			if id == "" || seen[id+"\x00"+subject] || id == idVariable && listing.MatchString(l.Text) {
				continue
			}
			if coveredBy(suspects, id, subject) {
				continue
			}
			seen[id+"\x00"+subject] = true
			points := rule.points
			if subject == "" {
				points -= pointsUnnamed
			}
			c := candidate{Finding: Finding{ID: id, Subject: strings.TrimSpace(subject), Evidence: r.wordEvidence(i)},
				points: points, limit: rule.limit, stated: rule.stated, order: len(r.words) - i}
			c.Tied = !strings.HasPrefix(id, "program.")
			c.Summary = sentence(rule.summary, id, c.Subject)
			if r.nativeFails() && strings.HasPrefix(id, "program.") {
				c.points += 40
			}
			if outlived && !ofProgram(id) {
				c.limit, c.stated = Possible, false
			}
			out = append(out, c)
		}
	}
	return out
}

// sentence is a summary with its subject; where none is known, with what the cause is
// about in general, or without.
func sentence(summary, id, subject string) string {
	if subject != "" {
		return strings.TrimSpace(fmt.Sprintf(summary, subject))
	}
	for _, end := range []string{": %s", " (%s)", " %s"} {
		if s, ok := strings.CutSuffix(summary, end); ok && (end != " %s" || strings.HasSuffix(s, "in the guest")) {
			return s
		}
	}
	summary = subjectOf.Regexp().ReplaceAllString(summary, "$1")
	about := "something that the program asks for"
	for _, k := range kindOf {
		if strings.HasPrefix(id, k.id) {
			about = k.name
			break
		}
	}
	return strings.Join(strings.Fields(strings.NewReplacer(" (%s)", "", " with %s()", "", ": %s", "", "%s", about).Replace(summary)), " ")
}

// subjectOf: "the library %s" is the library without it.
var subjectOf = lazyregexp.New(`\b(library|plugin|package|directory|feature|symbol|variable|port) %s`)

// kindOf says what the causes are about whose messages may not name it.
var kindOf = []struct{ id, name string }{
	{"missing-data.runtime-files", "a file of its own"},
	{"missing-data.", "a file that the program asks for"},
	{"missing-lib.", "a library"},
	{"bad-lib.", "a library"},
	{"syscall.", "a system call that the program makes"},
	{"network.dns", "a host name"},
	{"network.", "a host"},
}

const idVariable = "env.missing-variable"

// listing is a line that shows how things are set, or says to a runtime's installer what
// might be, and is no complaint about a variable:
//
//	  PYTHONHOME = (not set)
//	Consider setting $PYTHONHOME to <prefix>[:<exec_prefix>]
var listing = lazyregexp.New(`^[\w. ]+ = |^Consider setting \$PYTHONHOME`)

// ofProgram reports causes that are the program's own, and hold natively as well.
func ofProgram(id string) bool {
	return strings.HasPrefix(id, "program.") || id == "env.missing-arguments"
}

// saidNatively reports whether the native run printed the line as well; numbers may
// differ. Such words prove nothing about the guest: not that it lacks something, and
// where both runs fail, no more than that the program does.
func (r *run) saidNatively(text string) bool {
	if r.nativeLines == nil {
		r.nativeLines = map[string]bool{}
		for _, l := range strings.Split(string(r.in.NativeOutput), "\n") {
			r.nativeLines[numbers.Regexp().ReplaceAllString(strings.TrimSpace(uncoloured(l)), "0")] = true
		}
		for _, l := range r.native.printed() {
			r.nativeLines[numbers.Regexp().ReplaceAllString(l, "0")] = true
		}
		delete(r.nativeLines, "")
	}
	return len(r.nativeLines) > 0 && r.nativeLines[numbers.Regexp().ReplaceAllString(text, "0")]
}

var numbers = lazyregexp.New(`[0-9]+`)

// homeVariable is the variable that names a runtime's home directory.
func homeVariable(_ *run, m []string, _ int) string {
	name := strings.ToUpper(firstGroup(m))
	if name == "PYTHON" {
		return "PYTHONHOME"
	}
	return name + "_HOME"
}

// firstWord is where the last words begin: far enough back for a traceback, and not
// before words of success that were followed by further output.
func (r *run) firstWord() int {
	const tail = 60
	return max(0, len(r.words)-tail)
}

// fatalLine: a line that begins like a note ("note: run with …") may still be the
// loader's statement; nothing else of a tolerated line counts.
func (r *run) fatalLine(i int) bool {
	return strings.Contains(r.words[i].Text, "error while loading shared libraries") || strings.Contains(r.words[i].Text, "panicked at")
}

// coveredBy: an access of the trace says the same and knows more than the message.
func coveredBy(suspects []access, id, subject string) bool {
	if id != "missing-data.file" && !strings.HasPrefix(id, "missing-lib.dlopen-") && id != "missing-data.argument-file" && id != "missing-lib.search-path" {
		return false
	}
	for _, a := range suspects {
		if subject == "" || a.path == subject || path.Base(pathKey(a.path)) == path.Base(pathKey(subject)) {
			return true
		}
	}
	return false
}

func (r *run) wordEvidence(i int) []Evidence {
	return []Evidence{r.lineEvidence(r.words[i])}
}

func (r *run) lineEvidence(l tracelog.Line) Evidence {
	return Evidence{Source: r.in.GuestSource, Line: l.N, Text: l.Text}
}

func firstGroup(m []string) string {
	for _, g := range m[1:] {
		if g != "" {
			return g
		}
	}
	return ""
}

func fixed(s string) func(*run, []string, int) string {
	return func(*run, []string, int) string { return s }
}

func versionMissing(_ *run, m []string, _ int) (id, subject string) {
	if m[2] == "GLIBC_PRIVATE" {
		return "bad-lib.wrong-libc", m[1]
	}
	return "bad-lib.symbol-version", m[2]
}

// libraryMissing tells the kinds of a library that was not found apart by the words:
// two libraries in one message are a plugin and its need; a slash is a path; the
// loader's message at the program's start is about a library that Ops had found.
func libraryMissing(r *run, m []string, i int) (id, subject string) {
	lib, line := m[1], r.words[i].Text
	before, _, _ := strings.Cut(line, lib+": cannot open")
	switch {
	case strings.HasPrefix(path.Base(lib), "libnss_"):
		return "missing-lib.nss", lib
	case strings.Contains(line, "error while loading shared libraries") || strings.Contains(line, "needed by"):
		return "missing-lib.search-path", lib
	case anotherLibrary(before, lib):
		return "missing-lib.dlopen-dependency", lib
	case strings.Contains(lib, "/") && r.foundAndRefused(lib):
		return "bad-lib.wrong-arch", lib
	case strings.Contains(lib, "/"):
		return "missing-lib.dlopen-path", lib
	case len(r.elsewhere(search{name: lib, tried: []string{lib}})) > 0:
		return "missing-lib.search-path", lib
	}
	return "missing-lib.dlopen-soname", lib
}

// foundAndRefused: the loader says "No such file or directory" of a library for another
// machine too. The trace then has no look-up of that path that failed.
func (r *run) foundAndRefused(lib string) bool {
	if !r.traced() || r.log.Dropped > 0 {
		return false
	}
	opens := false
	for i := range r.log.Events {
		e := &r.log.Events[i]
		if wants(e) != wantsNothing && pathKey(e.Path) == pathKey(lib) {
			if missing(e) {
				return false
			}
		}
		opens = opens || e.Name == "openat" || e.Name == "open"
	}
	return opens
}

// anotherLibrary reports whether a text ends with the name of a library other than lib.
func anotherLibrary(text, lib string) bool {
	m := otherLibrary.FindStringSubmatch(text)
	return m != nil && path.Base(m[1]) != path.Base(lib)
}

var otherLibrary = lazyregexp.New(soFile + `\W*$`)

func r1gconv(r *run, _ []string, i int) string {
	if r.native != nil { // the module that it loaded
		for i := range r.native.events {
			if e := &r.native.events[i]; e.OK() && strings.Contains(e.Path, "/gconv/") && isLibrary(e.Path) {
				return e.Path
			}
		}
	}
	if m := lazyregexp.New(`\b((?:ISO|UTF|UCS|EUC|KOI|CP|SJIS|GB|BIG|WINDOWS|SHIFT)[\w-]*)`).FindString(r.words[i].Text); m != "" {
		return m
	}
	return "gconv"
}

// pythonModule is the module; the standard library as a whole when Python does not
// get as far as its own encodings.
func pythonModule(r *run, m []string, _ int) string {
	if m[1] != "encodings" {
		return strings.ReplaceAll(m[1], ".", "/")
	}
	for _, l := range r.words {
		if f := stdlibDir.FindStringSubmatch(l.Text); f != nil {
			return f[1]
		}
	}
	return "encodings"
}

// stdlib dir = '/usr/lib/python3.11'
var stdlibDir = lazyregexp.New(`stdlib dir = '([^']+)'`)

// nodeModule: the program's own script is an argument, everything else is a module.
func nodeModule(r *run, m []string, i int) (id, subject string) {
	if arg, ok := r.setup.argument(m[1]); ok {
		return "missing-data.argument-file", arg
	}
	for k, l := range r.words[i:] {
		// Who asked follows the message at once, except for the program's own script.
		first := k == 1 && strings.HasPrefix(l.Text, "at ") && path.IsAbs(m[1])
		if first || strings.Contains(l.Text, "requireStack: []") {
			return "missing-data.argument-file", strings.TrimPrefix(m[1], "/")
		}
	}
	return "missing-data.runtime-files", m[1]
}

func (r *run) zoneSubject(m []string, _ int) string {
	if z := firstGroup(m); z != "" {
		return "/usr/share/zoneinfo/" + strings.Trim(z, `"'`)
	}
	return "/usr/share/zoneinfo"
}

func localeSubject(r *run, _ []string, i int) string {
	if m := lazyregexp.New(`\b[a-z]{2}_[A-Z]{2}(?:\.[\w-]+)?`).FindString(r.words[i].Text); m != "" {
		return m
	}
	if v := firstOf(r.setup.cfg.Env["LC_ALL"], r.setup.cfg.Env["LANG"]); v != "" {
		return v
	}
	return "locale"
}

// caSubject is the certificate file that the guest asked for in vain.
func (r *run) caSubject(_ []string, _ int) string {
	var best string
	events := r.events()
	for i := range events {
		e := &events[i]
		if missing(e) && certificateFile.MatchString(e.Path) {
			if best == "" || r.native.of(e.Path, r.setup).ok {
				best = e.Path
			}
		}
	}
	return firstOf(best, r.setup.cfg.Env["SSL_CERT_FILE"], "the CA certificates")
}

// registrySubject is the registry that the guest asked for in vain.
func (r *run) registrySubject(_ []string, _ int) string {
	events := r.events()
	for i := range events {
		if e := &events[i]; missing(e) && registryPaths.MatchString(e.Path) {
			return e.Path
		}
	}
	for name, v := range r.setup.cfg.Env {
		if strings.Contains(name, "ICD") {
			return v
		}
	}
	return "the registry of drivers"
}

var (
	hostAndPort = lazyregexp.New(`\b((?:\d{1,3}\.){3}\d{1,3}|[A-Za-z0-9][\w-]*(?:\.[\w-]+)*\.[A-Za-z]{2,}|localhost)(?::(\d{1,5}))?\b`)
	portNumber  = lazyregexp.New(`(?:port|:|on) ?(\d{2,5})\b|\b(\d{4,5})\b`)
	lookupOf    = lazyregexp.New(`(?i)lookup (\S+)|getaddrinfo \w* ?(\w[\w.-]*)|resolv\w* (?:host )?["']?([\w.-]+)|host:? ["']?([\w-]+\.[\w.-]+)`)
	fileEnding  = lazyregexp.New(`\.(go|rs|c|cc|cpp|h|py|js|mjs|cjs|rb|pl|so|json|toml|yaml|yml|conf|cfg|bin|txt|log|pem)$`)
)

// hostIn is the host, with its port, that a message names.
func hostIn(text string) string {
	for _, m := range hostAndPort.Regexp().FindAllString(text, -1) {
		if !fileEnding.MatchString(m) {
			return m
		}
	}
	return ""
}

func portIn(text string) string {
	m := portNumber.FindStringSubmatch(text)
	if m == nil {
		return ""
	}
	return firstGroup(m)
}

func (r *run) portSaid(*strace.Event) string {
	l, _ := r.lastBad()
	return firstOf(portIn(l.Text), "bind")
}

func (r *run) hostSaid(*strace.Event) string {
	l, _ := r.lastBad()
	return firstOf(hostIn(l.Text), "the peer")
}

// hostLookup: localhost is a matter of /etc/hosts, which Ops does not supply; any
// other name is one of DNS.
func hostLookup(r *run, _ []string, i int) (id, subject string) {
	text := r.words[i].Text
	name := ""
	if m := lookupOf.FindStringSubmatch(text); m != nil {
		name = strings.Trim(firstGroup(m), `:"'`)
	}
	if name == "" || !strings.ContainsAny(name, ".") && name != "localhost" {
		name = firstOf(hostIn(text), name)
	}
	if strings.Contains(text, "localhost") || strings.HasSuffix(name, ".localhost") || strings.HasPrefix(name, "ip6-") {
		return "missing-data.etc-file", "/etc/hosts"
	}
	if r.nativeWorks() && name != "" && !strings.Contains(name, ".") {
		return "missing-data.etc-file", "/etc/hosts"
	}
	return "network.dns", name
}

func serviceFile(r *run, _ []string, i int) string {
	if strings.Contains(strings.ToLower(r.words[i].Text), "proto") {
		return "/etc/protocols"
	}
	return "/etc/services"
}

// memoryWords: the same text comes from popen and fork, which fail for want of a
// second process.
func memoryWords(r *run, _ []string, i int) (id, subject string) {
	if spawnTerms.MatchString(r.words[i].Text) {
		return "process.spawn", spawnedIn(r.words[i].Text)
	}
	return "resource.memory", r.memoryAmount()
}

var spawnTerms = lazyregexp.New(`(?i)\b(popen|posix_spawn\w*|spawn\w*|system|execv?p?e?|subprocess|child process)\b`)

var forkTerms = lazyregexp.New(`(?i)\b(v?fork|forking|daemon|daemoni[sz]e)\b`)

// execFails: perror("re-exec"): the program itself was to be replaced, by what is not said.
var execFails = lazyregexp.New(`(?i)\b(execv?p?e?|execl[pe]?|fexecve)\b\W*(?:failed|error)?\W*(?:function not implemented|ENOSYS)`)

func spawnedIn(text string) string {
	if m := lazyregexp.New(`(?i)\b(?:popen|spawn\w*|exec\w*|system|run|fork/exec)\b[\s:('"]*([\w./-]+)`).FindStringSubmatch(text); m != nil {
		return m[1]
	}
	return "another program"
}

// stackWords: the native run tells whether the recursion ends where the stack is larger.
func stackWords(r *run, _ []string, _ int) (id, subject string) {
	if r.nativeWorks() {
		return "resource.stack", "2 MB"
	}
	return "program.infinite-recursion", "stack"
}

var (
	featureNeed  = lazyregexp.New(`(?i)support|requir|need|mandatory|must|missing|lack|not available|unavailable|not present|absent|feature|detect|cpuid|instruction|without|only|compiled|built|target|unsupported`)
	featureWorks = lazyregexp.New(`(?i)\b(using|enabled|detected|found|available|selected|supported)\b`)
)

// cpuFeature: a line that names a feature is a complaint only if it is one.
func cpuFeature(r *run, m []string, i int) (id, subject string) {
	text := r.words[i].Text
	if !featureNeed.MatchString(text) || featureWorks.MatchString(text) && !looksBad(text) {
		return "", ""
	}
	all := wordRuleFeature.Regexp().FindAllString(text, -1)
	name := m[1]
	for _, f := range all {
		if strings.ToLower(f) == f { // the spelling of /proc/cpuinfo is the most precise
			name = f
		}
	}
	return "cpu.missing-feature-check", name
}

var wordRuleFeature = lazyregexp.New(`(?i)\b(avx[-\w]*|sse[\w.]*|ssse3|bmi[12]?|adx|aes-?ni|vaes|sha[-_]?ni|pclmul\w*|gfni|f16c|fma[34]?|popcnt|amx[-_\w]*|x86-64-v[234])\b`)

// spawnWords: only together with the text of an error that a missing second process gives.
func spawnWords(r *run, m []string, i int) (id, subject string) {
	if traceback.MatchString(r.words[i].Text) { // "call last"
		return "", ""
	}
	text := r.near(i)
	if !says(text, syscall.ENOSYS) && !says(text, syscall.ENOMEM) && !strings.Contains(text, "temporarily unavailable") {
		return "", ""
	}
	if _, ok := r.callNamed(r.words[i].Text); ok && !spawnTerms.MatchString(r.words[i].Text) {
		return "", ""
	}
	return "process.spawn", firstOf(firstGroup(m), spawnedIn(text))
}

func forkWords(r *run, m []string, i int) (id, subject string) {
	text := r.near(i)
	if !says(text, syscall.ENOSYS) && !says(text, syscall.ENOMEM) && !strings.Contains(text, "temporarily unavailable") && !cannotFork.MatchString(r.words[i].Text) {
		return "", ""
	}
	return "process.fork", strings.ToLower(m[1])
}

// /bin/sh: 0: Cannot fork
var cannotFork = lazyregexp.New(`(?i)\b(cannot|can't|could not|unable to|failed to) (fork|daemoni[sz]e)\b|\bfork\w* (failed|error)`)

// near joins a line with the few after it: the error's text may stand in the next.
func (r *run) near(i int) string {
	var b strings.Builder
	for _, l := range r.words[i:min(len(r.words), i+12)] {
		b.WriteString(l.Text)
		b.WriteByte('\n')
	}
	return b.String()
}

// callWords: ENOSYS with the call's name, or with words about what it is for.
func callWords(r *run, _ []string, i int) (id, subject string) {
	text := r.words[i].Text
	if m := execFails.FindStringSubmatch(text); m != nil {
		return "process.exec", m[1]
	}
	if spawnTerms.MatchString(text) {
		return "process.spawn", spawnedIn(text)
	}
	if m := forkTerms.FindStringSubmatch(text); m != nil {
		if m[1] == "vfork" {
			return "process.vfork", "vfork"
		}
		return "process.fork", "fork"
	}
	call, ok := r.callNamed(text)
	if !ok {
		return "", ""
	}
	switch {
	case call == "execve" || call == "execveat":
		return "process.exec", call
	case r.status(call) == nanos.KlibOnly:
		return "syscall.needs-klib", call
	}
	return "syscall.unsupported", call
}

// callTopicWords is a guess from the purpose alone.
func callTopicWords(r *run, _ []string, i int) (id, subject string) {
	text := r.words[i].Text
	call, ok := r.callNamed(text)
	if !ok && traceback.MatchString(r.said) && says(text, syscall.ENOSYS) {
		call, ok = r.callNamed(r.before(i, 2)) // the line of the source that raised it
	}
	if !ok {
		call, ok = r.callByTopic(text, !says(text, syscall.ENOSYS))
	}
	switch {
	case !ok && says(text, syscall.ENOSYS):
		return "syscall.unsupported", ""
	case !ok:
		return "", ""
	case r.status(call) == nanos.KlibOnly:
		return "syscall.needs-klib", call
	}
	return "syscall.unsupported", call
}

// traceback is the head of what Python prints before an error:
//
//	    fd=os.memfd_create("ring")
//	       ^^^^^^^^^^^^^^^^^^^^^^^
//	OSError: [Errno 38] Function not implemented
var traceback = lazyregexp.New(`Traceback \(most recent call last\)`)

// before is the n lines before a word.
func (r *run) before(i, n int) string {
	var b strings.Builder
	for _, l := range r.words[max(0, i-n):i] {
		b.WriteString(l.Text)
		b.WriteByte('\n')
	}
	return b.String()
}

// notVariables are words in capitals that messages use and that are no variables.
var notVariables = lazyregexp.New(`^(ERROR|FATAL|WARN(ING)?|INFO|DEBUG|NOTE|PANIC|FAIL(ED)?|USAGE|JSON|HTTPS?|E[A-Z]{3,7}|SIG[A-Z]+|ELF|GLIBC\w*|AVX\w*|SSE\w*|BMI\w*|CPU|CPUS|GPU|CUDA|NUMA|TLS|SSL|DNS|TCP|UDP|GL\w*_ERROR\w*|VK_\w+|CL_\w+|AF_\w+|O_[A-Z]+|POSIX|UTF|ASCII|NULL|TRUE|FALSE|BODY|HEAD|MODULE_NOT_FOUND|CERT_\w+|CRITICAL|EXCEPTION|SEGV|OOM|API|URL|ABI|IO|OK|PLONK|GROTH|SRS|CRS|FAILURE|ABORT(ED)?|UNKNOWN|INVALID|MISSING|FILE|KEY|MAIN)$`)

func variableWords(r *run, m []string, i int) (id, subject string) {
	name := m[1]
	if notVariables.MatchString(name) {
		return "", ""
	}
	if _, set := r.setup.cfg.Env[name]; set {
		return "", ""
	}
	if has := r.in.ProgramHas; has != nil && !has(name) {
		return "", ""
	}
	return "env.missing-variable", name
}

// variableSubject names the variable that the native run had, the guest has not, and
// the program's own file contains, if there is exactly one.
func (r *run) variableSubject(_ []string, i int) string {
	for _, name := range variableName.Regexp().FindAllString(r.words[i].Text, -1) {
		if !notVariables.MatchString(name) {
			return name
		}
	}
	return r.lackingVariable()
}

var variableName = lazyregexp.New(`\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b`)

// inherited are variables of every shell; a program that reads them has a default.
var inherited = lazyregexp.New(`^(PATH|HOME|USER|LOGNAME|SHELL|PWD|OLDPWD|TERM|LANG|LC_\w+|LANGUAGE|SHLVL|_|DISPLAY|EDITOR|PAGER|HOSTNAME|MAIL|TZ|XDG_\w+|SSH_\w+|LS_COLORS|DEBIAN_FRONTEND|COLORTERM)$`)

func (r *run) lackingVariable() string {
	var found []string
	for _, name := range r.in.NativeEnv {
		if _, set := r.setup.cfg.Env[name]; set || inherited.MatchString(name) {
			continue
		}
		if has := r.in.ProgramHas; has != nil && has(name) {
			found = append(found, name)
		}
	}
	if len(found) == 1 {
		return found[0]
	}
	return ""
}

// procSubject is the last /proc or /sys file that the guest asked for in vain.
func (r *run) procSubject(_ []string, _ int) string {
	events := r.events()
	for i := len(events) - 1; i >= 0; i-- {
		if e := &events[i]; missing(e) && beneath("/proc", "/sys")(pathKey(e.Path)) {
			return e.Path
		}
	}
	return "/sys/devices/system/cpu"
}

func temporaryWords(r *run, _ []string, i int) (id, subject string) {
	if !says(r.near(i), syscall.ENOENT) && !strings.Contains(r.words[i].Text, "usable temporary directory") || r.traced() {
		return "", ""
	}
	return "missing-data.directory", firstOf(r.setup.cfg.Env["TMPDIR"], "/tmp")
}

func sharedWords(r *run, _ []string, i int) (id, subject string) {
	if !says(r.near(i), syscall.ENOENT) || r.traced() {
		return "", ""
	}
	return "missing-data.directory", "/dev/shm"
}

// A path in a message: something with a slash, or with an ending.
var pathWord = lazyregexp.New(`["'\x60(]?((?:\.{0,2}/)?[\w@%+=.-]+(?:/[\w@%+=.-]+)*/?)["'\x60):,;]*`)

// fileWords takes the path out of a message about a file.
func fileWords(r *run, _ []string, i int) (id, subject string) {
	p := pathIn(r.words[i].Text)
	if strings.HasPrefix(r.words[i].Text, p+": ") && path.Base(p) == path.Base(r.program(nil)) {
		p = "" // who speaks, not what is missing
	}
	if p == "" {
		if says(r.words[i].Text, syscall.ENOENT) && !r.traced() {
			return "missing-data.file", ""
		}
		return "", ""
	}
	c := r.classify(access{path: p, want: wantsOpen, err: syscall.ENOENT, count: 1, at: -1})
	return c.ID, c.Subject
}

// pathIn returns the most path-like word of a message. The program's name, with which
// many messages begin, counts only where there is no other:
//
//	/opt/app/prover: cannot open /data/k.bin: No such file or directory
func pathIn(text string) string {
	best, score := "", 0
	text = strings.TrimSpace(timeOfDay.Regexp().ReplaceAllString(text, "${1} "))
	leading := ""
	for _, at := range pathWord.Regexp().FindAllStringSubmatchIndex(text, -1) {
		w := strings.Trim(text[at[2]:at[3]], ".,:;")
		s := 0
		ext := path.Ext(w)
		switch {
		case strings.HasPrefix(w, "/") && len(w) > 2:
			s = 4
		case strings.Contains(w, "/") && len(w) > 2:
			s = 3
		case len(ext) > 1 && len(ext) <= 8 && len(w) > len(ext) && !allDigits(ext[1:]):
			s = 2
		}
		if sourcePlace.MatchString(text) && strings.Contains(text, w+":") && fileEnding.MatchString(w) {
			s = 0 // prog.rs:1:84: the place in the source, not the file that is missing
		}
		if datePath.MatchString(w) || strings.Contains(text, "://"+strings.TrimLeft(w, "/")) {
			s = 0
		}
		if at[2] > 0 && text[at[2]-1] == '<' { // </body>
			s = 0
		}
		if s > 0 && at[2] == 0 && strings.HasPrefix(text[at[3]:], ": ") {
			leading = w
			continue
		}
		if s > score {
			best, score = w, s
		}
	}
	return firstOf(best, leading)
}

// timeOfDay is a time with or without its date: 2026-11-23T02:00:00.123Z, 02:00:00.5.
// What is behind its last colon looks like a file.
var timeOfDay = lazyregexp.New(`(^|[\s\[("'=])(?:\d{4}[-/]\d\d[-/]\d\d[T_ ])?\d{1,2}:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?\b`)

// datePath is the date that Go's log package prints: 2026/11/22.
var datePath = lazyregexp.New(`^\d{4}/\d\d/\d\d$`)

var sourcePlace = lazyregexp.New(`\.\w+:\d+(:\d+)?\b`)

func allDigits(s string) bool { return strings.Trim(s, "0123456789") == "" }

// rustMessage is the panic's message: the line after the place, or the rest of it.
func rustMessage(r *run, m []string, i int) string {
	if strings.HasSuffix(strings.TrimSpace(m[1]), ":") && i+1 < len(r.words) {
		return r.words[i+1].Text
	}
	return m[1]
}

func cppMessage(r *run, m []string, i int) string {
	for _, l := range r.words[i:] {
		if _, what, ok := strings.Cut(l.Text, "what():"); ok {
			return strings.TrimSpace(what)
		}
	}
	return r.words[i].Text
}

// procTerms: what programs read from /proc and /dev, by the words they use for it.
var procTerms = []struct {
	re   *lazyregexp.Regexp
	path string
}{
	{lazyregexp.New(`Vm(RSS|Peak|Size|HWM)`), "/proc/self/status"},
	{lazyregexp.New(`(?i)bogomips|model name|cpu model`), "/proc/cpuinfo"},
	{lazyregexp.New(`(?i)load ?average|loadavg`), "/proc/loadavg"},
	{lazyregexp.New(`(?i)\buptime\b`), "/proc/uptime"},
	{lazyregexp.New(`(?i)entropy`), "/dev/random"},
	{lazyregexp.New(`(?i)mount table|mountinfo`), "/proc/self/mountinfo"},
}

// procWords guesses the file from the value that the program could not get.
func procWords(r *run, _ []string, i int) (id, subject string) {
	text := r.words[i].Text
	if r.traced() || !looksBad(text) {
		return "", ""
	}
	for _, t := range procTerms {
		if t.re.MatchString(text) {
			return "missing-data.procfs", t.path
		}
	}
	return "", ""
}

// exceptionLine: a bare "Error: …" is anybody's; with a class name, or with the frames
// of a trace below it, it is a runtime's.
func exceptionLine(r *run, m []string, i int) (id, subject string) {
	if strings.HasPrefix(m[1], "Error:") && (i+1 >= len(r.words) || !strings.HasPrefix(r.words[i+1].Text, "at ")) {
		return "", ""
	}
	return "program.exception", m[1]
}
