package diagnose

import (
	"fmt"
	"path"
	"strings"

	"github.com/nanodiag/nanodiag/internal/lazyregexp"
	"github.com/nanodiag/nanodiag/tracelog"
)

// statement is a line by which Ops, QEMU or the kernel says itself why the program
// does not run. Its cause is certain.
type statement struct {
	re      *lazyregexp.Regexp
	id      string
	judge   func(r *run, m []string) (id, subject string)
	subject func(r *run, m []string) string // nil: the first group
	limit   Confidence                      // "" where the words leave no other cause
	summary string                          // %s is the subject
}

// refusals are Ops's and QEMU's own words, seen with Ops of May 2026 and QEMU 7.2
// unless noted; a sample stands above each. First match in this order counts.
var refusals = []statement{
	// Failed to build image, error is: failed building manifest: Library: libposeidon.so.2 => not found
	{re: lazyregexp.New(`Library: (\S+) => not found|missing libraries:.*?(lib\S+)`), id: "missing-lib.needed-on-host", summary: "the program is linked against %s, which is not on this host"},
	// you are trying to mix "./prog" [arm] with the wrong kernel, try re-creating the image with --arch=
	{re: lazyregexp.New(`trying to mix "([^"]+)" \[(\w+)\] with the wrong kernel`), id: "bad-program.wrong-arch", subject: func(_ *run, m []string) string { return m[1] + " (" + m[2] + ")" }, summary: "the program %s is built for another machine than the kernel"},
	// only ELF binaries are supported. Is this a Linux binary? run "file /srv/x/prog" on it
	{re: lazyregexp.New(`only ELF binaries are supported(?:.*"file ([^"]+)")?`), id: "bad-program.not-elf", summary: "%s is no ELF program"},
	// error: ./prog: stat /home/user/.ops/prog: no such file or directory
	{re: lazyregexp.New(`error: (\S+): stat \S+: no such file or directory`), id: "ops.program-not-found", summary: "the program %s does not exist on this host"},
	// read ./progdir: is a directory
	{re: lazyregexp.New(`read (\S+): is a directory`), id: "ops.program-not-found", summary: "%s is a directory, not a program"},
	// error reading config: open nosuch.json: no such file or directory
	{re: lazyregexp.New(`(?:config\w*|configuration)[^:]*:.*open (\S+): no such file or directory`), id: "ops.config-not-found", summary: "the configuration file %s does not exist"},
	{re: lazyregexp.New(`open (\S+\.json): no such file or directory`), id: "ops.config-not-found", summary: "the configuration file %s does not exist"},
	// failed converting configuration file: json: unknown field "Volumes"
	{re: lazyregexp.New(`json: unknown field "([^"]+)"`), id: "ops.config-unknown-key", summary: "Ops does not know the key %s"},
	// json: cannot unmarshal string into Go struct field Config.Args of type []string
	{re: lazyregexp.New(`json: cannot unmarshal (\w+) into Go (?:struct field (\S+)|value) of type (\S+)`), id: "ops.config-type", subject: func(_ *run, m []string) string { return lastDot(firstOf(m[2], m[1])) }, summary: "the value of %s has the wrong type"},
	// failed converting configuration file: invalid character '}' looking for … (offset 25) line: 3
	{re: lazyregexp.New(`invalid character .*(?:looking for|after|in (?:literal|string|numeric)|at)|unexpected end of JSON input|failed converting configuration file: [a-z ]*(?:syntax|character|EOF)`), id: "ops.config-syntax", subject: (*run).configName, summary: "%s is no valid JSON"},
	// file "/srv/x//usr/lib/libgomp.so.1" is missing
	{re: lazyregexp.New(`file "([^"]*//[^"]*)" is missing`), id: "ops.files-absolute-path", subject: func(_ *run, m []string) string { _, p, _ := strings.Cut(m[1], "//"); return "/" + p }, summary: "Ops looks up the absolute path %s below the working directory"},
	{re: lazyregexp.New(`(?:file|dir\w*|path) "([^"]+)" is missing|[Ff]ile ([^\s:"]+) (?:is missing|does not exist|not found)`), id: "ops.file-missing", summary: "%s, named in the configuration, does not exist on this host"},
	// lstat : no such file or directory
	{re: lazyregexp.New(`lstat ?: no such file or directory`), id: "ops.mapdirs-pattern", subject: (*run).bareMapDir, summary: "the MapDirs key %s has no directory part"},
	{re: lazyregexp.New(`(?:lstat|stat|open) (\S+): no such file or directory`), judge: hostFile, summary: "%s, named in the configuration, does not exist on this host"},
	// -virtfs local,path=nosuchvol,…: cannot initialize fsdev 'hd0': failed to open 'nosuchvol': No such file or directory
	{re: lazyregexp.New(`cannot initialize fsdev .*failed to open '([^']+)'`), id: "ops.volume-not-found", summary: "there is no volume %s"},
	{re: lazyregexp.New(`(?i)volume(?: with)?(?: (?:name|label|uuid|id))?:? ?['"]?([\w.:-]+)['"]? (?:was )?(?:not found|does not exist)|can(?:not|'t) find volume ['"]?([\w.-]+)|no volume (?:found|named) ['"]?([\w.-]+)`), id: "ops.volume-not-found", summary: "there is no volume %s"},
	// Port 18743 is being used by other application (PID 6439)
	{re: lazyregexp.New(`Port (\d+) is being used|Could not set up host forwarding rule '\w+::(\d+)|bind\(.*:(\d+)\).*in use`), id: "ops.port-in-use", summary: "the host's port %s is taken"},
	// No hypervisor found on $PATH
	{re: lazyregexp.New(`No hypervisor found|"?(qemu-system-\w+)"?: executable file not found`), id: "ops.qemu-missing", subject: func(_ *run, m []string) string { return firstOf(m[1], "qemu-system-x86_64") }, summary: "%s is not on PATH"},
	// Get "https://storage.googleapis.com/nanos/release/9.9.9/nanos-release-linux-9.9.9.tar.gz": dial tcp: …
	{re: lazyregexp.New(`nanos/release/([\w.]+)/|No local build found|nanos-release-linux-([\w.]+)\.tar|release ([\w.]+) (?:not found|does not exist)`), id: "ops.kernel-not-available", subject: func(_ *run, m []string) string { return firstOf(firstGroup(m), "latest") }, summary: "the Nanos release %s is not installed and cannot be fetched"},
	{re: lazyregexp.New(`(?:stat|open|lstat) \S*/(\d+\.\d+\.\d+)/(?:kernel|boot)\.img: no such file`), id: "ops.kernel-not-available", summary: "the Nanos release %s is not installed"},
	// Failed to get "write" lock / Is another process using the image [x]?
	{re: lazyregexp.New(`Failed to get "(?:write|shared \w+)" lock|Is another process using the image \[?([^\]?]*)`), id: "ops.image-in-use", subject: (*run).imageName, summary: "the image %s is in use by another instance"},
	// bios_read_sectors: error 0xc      (the boot loader, before the kernel)
	{re: lazyregexp.New(`bios_read_sectors: error`), id: "ops.image-in-use", subject: (*run).imageName, summary: "the boot disk cannot be read: %s was rebuilt under a running instance, or is truncated"},
	// cannot set up guest memory 'pc.ram': Cannot allocate memory
	{re: lazyregexp.New(`cannot set up guest memory|qemu-system-\S+:.*Cannot allocate memory|ram size too large|exceeds (?:max|host) memory`), id: "ops.host-memory", subject: func(r *run, _ []string) string { return r.memoryAmount() }, summary: "QEMU cannot get the memory for the guest (%s)"},
	{re: lazyregexp.New(`qemu-system-\S+:.*(?:[Ii]nvalid|[Pp]arameter '(?:size|m)'|must be|expects).*`), id: "ops.config-value", subject: qemuKey, summary: "QEMU rejects the value of %s"},
	// fork/exec ./prog: no such file or directory      (its ELF interpreter is not on the host)
	{re: lazyregexp.New(`fork/exec (\S+): no such file or directory`), id: "missing-lib.interpreter", subject: (*run).interpreter, summary: "the ELF interpreter of %s is not on this host"},
	{re: lazyregexp.New(`fork/exec (\S+): exec format error`), id: "bad-program.wrong-arch", summary: "%s cannot be run on this host to list its libraries"},
	// 2026/11/22 07:01:16 EOF      (Ops reads the ELF header)
	{re: lazyregexp.New(`(?:^|\d\d:\d\d:\d\d )(?:unexpected )?EOF$|bad magic number|(?:ELF|elf)\b.*(?:truncated|corrupt|invalid|bad)|invalid ELF`), id: "bad-program.corrupt-elf", subject: (*run).program, summary: "the program %s is truncated or damaged"},
	// mount config invalid: missing parts: justname
	{re: lazyregexp.New(`(?:mount|port|volume|memory|size) \w*\s*(?:config )?invalid:? ?(?:.*: )?(\S*)`), id: "ops.config-value", summary: "Ops rejects the value %s"},
	{re: lazyregexp.New(`invalid (?:memory|size|value|port|mount)\S* ?['":]*(\S*)|(?:unable|failed) to parse (?:size|memory|port|mount)\S* ?['":]*(\S*)|(?:bad|wrong|malformed) (?:mount|port|size)\S* ?['":]*(\S*)`), id: "ops.config-value", summary: "Ops rejects the value %s"},
	// signal: segmentation fault (core dumped)     (the program, asked for its libraries)
	{re: lazyregexp.New(`signal: segmentation fault`), id: "bad-program.not-executable", subject: (*run).program, limit: Possible, summary: "Ops runs the program on the host to list its libraries, and it dies: %s is a shared library, or crashes natively"},
	{re: lazyregexp.New(`not a dynamic executable|ldd[: ].*(?:exit|fail)`), id: "ops.ldd-failed", subject: (*run).program, summary: "Ops cannot list the libraries of %s"},
}

// opsNotes are lines of Ops that a healthy run shows as well.
var opsNotes = lazyregexp.New(`(?i)^(version lookup failed|running local instance|booting |you specified hardware acceleration|are you running inside a vm|see more details|usage:|flags:|global flags:|please install ops|exit status \d+|signal: \w+|waitid:|-\w, --|--\w|ops run \[elf\]|\s*$|You have an old|New version|klib ")`)

// opsKlib: Klib "gpu_nvidia" not found in directory "/home/user/.ops/0.1.53/klibs"
var opsKlib = lazyregexp.New(`Klib "([^"]+)" not found in directory`)

// judgeRefusal reads why no guest ran. It is asked only when none did.
func (r *run) judgeRefusal() (candidate, bool) {
	lines := r.log.Ops
	if !r.log.Booted && len(r.log.Console) > 0 { // a message of Ops that is not known as one
		lines = append(append([]tracelog.Line{}, lines...), r.log.Console...)
	}
	for _, s := range refusals {
		for _, l := range lines {
			if c, ok := r.statement(s, l); ok {
				return c, true
			}
		}
	}
	if r.log.Booted {
		return candidate{}, false
	}
	for i := len(lines) - 1; i >= 0; i-- {
		text := strings.TrimSpace(lines[i].Text)
		if text == "" || opsNotes.MatchString(text) {
			continue
		}
		return candidate{Finding: Finding{ID: "ops.other", Subject: text, Summary: "Ops or QEMU refused: " + text,
			Evidence: []Evidence{r.lineEvidence(lines[i])}}, points: 60, limit: Likely}, true
	}
	// exit status 1, and nothing else: the host's ldd failed
	for _, l := range lines {
		if opsExitOnly.MatchString(l.Text) {
			return candidate{Finding: Finding{ID: "ops.ldd-failed", Subject: r.program(nil),
				Summary:  "Ops ended without a message before the image was built: it could not list the program's libraries",
				Evidence: []Evidence{r.lineEvidence(l)}}, points: 60, limit: Possible}, true
		}
	}
	return candidate{}, false
}

var opsExitOnly = lazyregexp.New(`exit status [1-9]`)

// statement applies one row to one line.
func (r *run) statement(s statement, l tracelog.Line) (candidate, bool) {
	m := s.re.FindStringSubmatch(l.Text)
	if m == nil {
		return candidate{}, false
	}
	id, subject := s.id, ""
	switch {
	case s.judge != nil:
		id, subject = s.judge(r, m)
	case s.subject != nil:
		subject = s.subject(r, m)
	default:
		subject = firstGroup(m)
	}
	if id == "" {
		return candidate{}, false
	}
	return candidate{Finding: Finding{ID: id, Subject: subject, Summary: fmt.Sprintf(s.summary, firstOf(subject, "it")),
		Evidence: []Evidence{r.lineEvidence(l)}}, points: 100, stated: s.limit == "", limit: s.limit}, true
}

// qemuKey is the key of the configuration whose value became an option of QEMU.
func qemuKey(_ *run, m []string) string {
	for _, o := range []struct{ option, key string }{
		{"-m ", "RunConfig.Memory"}, {"hostfwd", "RunConfig.Ports"}, {"-smp ", "RunConfig.CPUs"}, {"-netdev ", "RunConfig.NetMask"}, {"-device ", "RunConfig"},
	} {
		if strings.Contains(m[0], o.option) {
			return o.key
		}
	}
	return m[0]
}

func lastDot(s string) string { return s[strings.LastIndexByte(s, '.')+1:] }

func (r *run) configName([]string) string {
	if r.setup.cfg.Source != "" {
		return path.Base(r.setup.cfg.Source)
	}
	return "the configuration"
}

func (r *run) program([]string) string { return firstOf(r.in.Program, r.imageProgram(), "the program") }

// booting /home/user/.ops/images/prog ...
var bootLine = lazyregexp.New(`booting (\S+)`)

// imageProgram is the program's name as the image's name has it.
func (r *run) imageProgram() string {
	for _, l := range r.log.Ops {
		if m := bootLine.FindStringSubmatch(l.Text); m != nil {
			return path.Base(m[1])
		}
	}
	return ""
}

// interpreter is the program's PT_INTERP, where its ELF file was read.
func (r *run) interpreter(m []string) string {
	if c := r.in.Closure; c != nil && c.Interpreter != "" {
		return c.Interpreter
	}
	return firstGroup(m)
}

func (r *run) imageName(m []string) string {
	return firstOf(firstGroup(m), r.imageProgram(), "the image")
}

// bareMapDir is the key of MapDirs without a directory.
func (r *run) bareMapDir([]string) string {
	for key := range r.setup.cfg.MapDirs {
		if !strings.Contains(key, "/") {
			return key
		}
	}
	return "MapDirs"
}

// hostFile tells the program from a file of the configuration.
func hostFile(r *run, m []string) (id, subject string) {
	base := path.Base(m[1])
	if r.in.Program != "" && base == path.Base(r.in.Program) {
		return "ops.program-not-found", r.in.Program
	}
	if strings.HasSuffix(base, ".img") || strings.Contains(m[1], "/.ops/") {
		return "ops.kernel-not-available", m[1]
	}
	return "ops.file-missing", m[1]
}
