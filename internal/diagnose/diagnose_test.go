package diagnose

import "testing"

// TestPrinciples: one case per thing that tells causes apart.
func TestPrinciples(t *testing.T) {
	t.Parallel()
	const search = `[2] openat(-100, "/lib/x86_64-linux-gnu/glibc-hwcaps/x86-64-v3/libacc.so.1", 0x80000, 0x0) = -ENOENT
[2] newfstatat(-100, "/lib/x86_64-linux-gnu/glibc-hwcaps/x86-64-v3", 0x00000000ffc93210, 0) = -ENOENT
[2] openat(-100, "/lib/x86_64-linux-gnu/libacc.so.1", 0x80000, 0x0) = -ENOENT
[2] openat(-100, "/usr/lib/x86_64-linux-gnu/libacc.so.1", 0x80000, 0x0) = -ENOENT
[2] newfstatat(-100, "/usr/lib/x86_64-linux-gnu", 0x00000000ffc93210, 0) = -ENOENT
`
	const nativeSearch = `10 openat(AT_FDCWD, "/etc/ld.so.cache", O_RDONLY|O_CLOEXEC) = 3
10 openat(AT_FDCWD, "/lib/x86_64-linux-gnu/libacc.so.1", O_RDONLY|O_CLOEXEC) = 3
`
	const pluginLoads = `[2] openat(-100, "./ext/plug.so", 0x80000, 0x0) = 3
[2] read(3, 0x00000000ffdf2398, 832) = 832
[2] mmap(0x0000000000000000, 8192, PROT_READ, MAP_PRIVATE, 3, 0) = 0xd2fb1bc2000
[2] close(3) = 0
`
	for _, tc := range []struct {
		name, guest, native, config string
		status                      *int
		guestHas                    string
		id, subject                 string
		confidence                  Confidence
	}{
		{
			name:  "what fails natively too is noise, the other miss is the cause",
			guest: `[2] openat(-100, "/etc/app/a.toml", 0x0, 0x0) = -ENOENT` + "\n" + `[2] openat(-100, "in/key.bin", 0x0, 0x0) = -ENOENT` + "\nsetup incomplete\n" + wrote + ends,
			native: `10 openat(AT_FDCWD, "/etc/app/a.toml", O_RDONLY) = -1 ENOENT (No such file or directory)
10 openat(AT_FDCWD, "in/key.bin", O_RDONLY) = 3
` + stdout + worked,
			id: "missing-data.file", subject: "in/key.bin", confidence: Likely,
		},
		{
			name:  "the program went on after the first miss and stopped after the second",
			guest: `[2] openat(-100, "a.bin", 0x0, 0x0) = -ENOENT` + "\n" + `[2] openat(-100, "b.bin", 0x0, 0x0) = 3` + "\n" + `[2] openat(-100, "c.bin", 0x0, 0x0) = -ENOENT` + "\n" + ends,
			native: `10 openat(AT_FDCWD, "a.bin", O_RDONLY) = 3
10 openat(AT_FDCWD, "b.bin", O_RDONLY) = 3
10 openat(AT_FDCWD, "c.bin", O_RDONLY) = 3
10 openat(AT_FDCWD, "d.bin", O_RDONLY) = 3
` + worked,
			id: "missing-data.file", subject: "c.bin", confidence: Likely,
		},
		{
			name:   "a missing library that the program can do without is no failure",
			guest:  search + "libacc.so.1: cannot open shared object file: No such file or directory; falling back to software\n" + wrote + stdoutSeen + "done\n[2] write(1, 0x0000000000b352a0, 5) = 5\n" + ends,
			native: nativeSearch + stdout + worked,
			id:     "none.success",
		},
		{
			name:   "a library by its bare name",
			guest:  search + "acceleration not ready, giving up\n" + wrote + ends,
			native: nativeSearch + stdout + worked, config: `{}`,
			id: "missing-lib.dlopen-soname", subject: "libacc.so.1", confidence: Likely,
		},
		{
			name:   "the same library, which the configuration puts where the loader does not look",
			guest:  search + "acceleration not ready, giving up\n" + wrote + ends,
			native: `10 openat(AT_FDCWD, "vendor/libacc.so.1", O_RDONLY|O_CLOEXEC) = 3` + "\n" + stdout + worked, config: `{"MapDirs":{"vendor/*":"/opt/acc"}}`,
			id: "missing-lib.search-path", subject: "libacc.so.1", confidence: Likely,
		},
		{
			name:   "the image is known to hold it elsewhere",
			guest:  search + "acceleration not ready, giving up\n" + wrote + ends,
			native: nativeSearch + stdout + worked, config: `{}`, guestHas: "/lib64/libacc.so.1",
			id: "missing-lib.search-path", subject: "libacc.so.1", confidence: Likely,
		},
		{
			name:   "a library that a library being loaded needs",
			guest:  pluginLoads + search + "[2] munmap(0x000000d2fb1bc2000, 8192) = 0\nno plugin\n" + wrote + ends,
			native: `10 openat(AT_FDCWD, "./ext/plug.so", O_RDONLY|O_CLOEXEC) = 3` + "\n" + nativeSearch + stdout + worked, config: `{"Files":["ext/plug.so"]}`,
			id: "missing-lib.dlopen-dependency", subject: "libacc.so.1", confidence: Likely,
		},
		{
			name:   "the plugin was relocated before: the second search is a dlopen of its own",
			guest:  pluginLoads + "[2] mprotect(0x0000000d2fb1bc200, 4096, 0x1) = 0\n" + search + "no plugin\n" + wrote + ends,
			native: `10 openat(AT_FDCWD, "./ext/plug.so", O_RDONLY|O_CLOEXEC) = 3` + "\n" + nativeSearch + stdout + worked, config: `{"Files":["ext/plug.so"]}`,
			id: "missing-lib.dlopen-soname", subject: "libacc.so.1", confidence: Likely,
		},
		{
			name:   "by a path: one attempt, outside of the loader's directories",
			guest:  `[2] openat(-100, "/opt/x/engine.so", 0x80000, 0x0) = -ENOENT` + "\n" + ends,
			native: `10 openat(AT_FDCWD, "/opt/x/engine.so", O_RDONLY|O_CLOEXEC) = 3` + "\n" + stdout + worked,
			id:     "missing-lib.dlopen-path", subject: "/opt/x/engine.so", confidence: Likely,
		},
		{
			name:   "opened, read and closed without a mapping: another machine",
			guest:  `[2] openat(-100, "./ext/plug.so", 0x80000, 0x0) = 3` + "\n[2] read(3, 0x00000000ffdf2398, 832) = 832\n[2] close(3) = 0\ncannot load\n" + wrote + ends,
			native: `10 openat(AT_FDCWD, "./ext/plug.so", O_RDONLY|O_CLOEXEC) = 3` + "\n" + stdout + worked,
			id:     "bad-lib.wrong-arch", subject: "./ext/plug.so",
		},
		{
			name:   "fewer bytes than the loader wants to see: cut off",
			guest:  `[2] openat(-100, "./ext/plug.so", 0x80000, 0x0) = 3` + "\n[2] read(3, 0x00000000ffdf2398, 832) = 130\n[2] close(3) = 0\ncannot load\n" + wrote + ends,
			native: `10 openat(AT_FDCWD, "./ext/plug.so", O_RDONLY|O_CLOEXEC) = 3` + "\n" + stdout + worked,
			id:     "bad-lib.corrupt", subject: "./ext/plug.so",
		},
		{
			name:   "creating a file: the directory is what is missing",
			guest:  `[2] openat(-100, "/var/tmp/work/xQ3f", 0xc2, 0x180) = -ENOENT` + "\nno scratch\n" + wrote + ends,
			native: `10 openat(AT_FDCWD, "/var/tmp/work/Zk81", O_RDWR|O_CREAT|O_EXCL, 0600) = 3` + "\n" + stdout + worked,
			id:     "missing-data.directory", subject: "/var/tmp/work", confidence: Likely,
		},
		{
			name:   "only looked at",
			guest:  `[2] newfstatat(-100, "seal", 0x00000000ffc6ec60, 0) = -ENOENT` + "\nnot sealed\n" + wrote + ends,
			native: `10 newfstatat(AT_FDCWD, "seal", {st_mode=S_IFREG|0644, st_size=5, ...}, 0) = 0` + "\n" + stdout + worked,
			id:     "missing-data.stat-only", subject: "seal", confidence: Likely,
		},
		{
			name:   "named by an argument",
			guest:  `[2] openat(-100, "in.wtns", 0x0, 0x0) = -ENOENT` + "\nbad input\n" + wrote + ends,
			native: `10 openat(AT_FDCWD, "in.wtns", O_RDONLY) = 3` + "\n" + stdout + worked, config: `{"Args":["--witness=in.wtns"]}`,
			id: "missing-data.argument-file", subject: "in.wtns", confidence: Likely,
		},
		{
			name:   "the file is in the image, in another directory than the working directory",
			guest:  `[2] openat(-100, "in/a.json", 0x0, 0x0) = -ENOENT` + "\nbad input\n" + wrote + ends,
			native: `10 openat(AT_FDCWD, "in/a.json", O_RDONLY) = 3` + "\n" + stdout + worked, config: `{"MapDirs":{"in/*":"/srv/app/in"}}`,
			id: "env.wrong-cwd", subject: "in/a.json", confidence: Likely,
		},
		{
			name:   "Ops's own short file was read last",
			guest:  `[2] openat(-100, "/etc/passwd", 0x80000, 0x0) = 3` + "\n" + `[2] newfstatat(3, "", [{st_ino=0xffffbcc000000640, st_mode=0x81ff, st_size=33}], 4096) = 0` + "\n[2] close(3) = 0\nlookup failed\n" + wrote + ends,
			native: `10 openat(AT_FDCWD, "/etc/passwd", O_RDONLY|O_CLOEXEC) = 3` + "\n" + `10 newfstatat(3, "", {st_mode=S_IFREG|0644, st_size=1265, ...}, AT_EMPTY_PATH) = 0` + "\n" + stdout + worked,
			id:     "bad-data.generated-etc", subject: "/etc/passwd",
		},
		{
			name:   "a file of Nanos's that is not there",
			guest:  `[2] openat(-100, "/proc/self/status", 0x0, 0x0) = -ENOENT` + "\ncannot determine size\n" + wrote + ends,
			native: `10 openat(AT_FDCWD, "/proc/self/status", O_RDONLY) = 3` + "\n" + stdout + worked,
			id:     "missing-data.procfs", subject: "/proc/self/status", confidence: Likely,
		},
		{
			name:  "a call that Nanos lacks, named by the program",
			guest: "[2] mq_open() = -ENOSYS\ncannot make the job queue: Function not implemented\n" + wrote + ends, native: stdout + worked,
			id: "syscall.unsupported", subject: "mq_open", confidence: Likely,
		},
		{
			name:  "a call that a klib gives",
			guest: "[2] memfd_create() = -ENOSYS\nno staging area: Function not implemented\n" + wrote + ends, native: stdout + worked,
			id: "syscall.needs-klib", subject: "memfd_create", confidence: Likely,
		},
		{
			name:  "clone without CLONE_THREAD",
			guest: "[2] clone(0x1200011, 0x0000000000000000, 0x0000000000000000, 0x000000282852ea10, 0x0) = -ENOSYS\n" + ends, native: stdout + worked,
			id: "process.fork", subject: "fork",
		},
		{
			name:  "an optional call falls back: not the cause",
			guest: "[2] io_uring_setup() = -ENOSYS\n" + `[2] openat(-100, "b.bin", 0x0, 0x0) = 3` + "\n" + `[2] openat(-100, "c.bin", 0x0, 0x0) = -ENOENT` + "\nno data\n" + wrote + ends,
			native: `10 openat(AT_FDCWD, "b.bin", O_RDONLY) = 3
10 openat(AT_FDCWD, "c.bin", O_RDONLY) = 3
` + stdout + worked,
			id: "missing-data.file", subject: "c.bin", confidence: Likely,
		},
		{
			name:  "waiting for a file that never comes",
			guest: "[2] access(\"go\", 0x0) = -ENOENT\n[2] access(\"go\", 0x0) = -ENOENT\n[2] access(\"go\", 0x0) = -ENOENT\n[2] clock_nanosleep(0, 0x0, {tv_sec=0, tv_nsec=200000000}, <unfinished ...>\nsignal: killed\n",
			native: `10 access("go", F_OK) = 0
` + worked,
			id: "missing-data.file", subject: "go",
		},
		{
			name:  "waiting in accept after listen",
			guest: "[2] socket() = 3\n[2] bind() = 0\n[2] listen() = 0\n[2] accept( <unfinished ...>\nsignal: killed\n", native: stdout,
			id: "none.server-running",
		},
		{
			name:  "a connection that is never answered",
			guest: "[2] socket() = 3\nfetching from 10.1.2.3:80\n[2] write(1, 0x00000000006dc2a0, 23) = 23\n[2] connect( <unfinished ...>\nsignal: killed\n", native: stdout + worked,
			id: "network.unreachable", subject: "10.1.2.3:80", confidence: Likely,
		},
		{
			name:  "the program fails natively in the same way",
			guest: "answer: 7\n" + wrote + ends, native: `10 +++ exited with 3 +++` + "\n",
			id: "program.exit-nonzero", subject: "3",
		},
		{
			name:  "a known status of 0 ends the matter",
			guest: `[2] openat(-100, "c.bin", 0x0, 0x0) = -ENOENT` + "\nerror: c.bin\n" + wrote + ends, native: worked, status: new(int),
			id: "none.success", confidence: Certain,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			in := Input{Guest: guest(t, boot+loaded+tc.guest), GuestSource: "trace.log", NativeSource: "native", Table: table(t), Config: config(t, tc.config), Status: tc.status}
			if tc.native != "" {
				in.Native = natively(t, nativeLoaded+tc.native)
			}
			if tc.guestHas != "" {
				in.GuestHas = func(p string) bool { return p == tc.guestHas }
			}
			v := Diagnose(in)
			got := v.Cause
			if got.ID != tc.id || tc.subject != "" && !sameSubject(got.Subject, tc.subject) {
				t.Fatalf("cause %s %q (%s), want %s %q; all: %+v", got.ID, got.Subject, got.Confidence, tc.id, tc.subject, v.Findings)
			}
			if tc.confidence != "" && got.Confidence != tc.confidence {
				t.Errorf("confidence %s, want %s", got.Confidence, tc.confidence)
			}
			if len(got.Evidence) == 0 {
				t.Error("no evidence")
			}
		})
	}
}

// TestConsoleAlone: what a console log decides, and what it must leave open.
func TestConsoleAlone(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		console, id, subject string
		atMost               Confidence
	}{
		{"PROVER_HOME not set\n", "env.missing-variable", "PROVER_HOME", Likely},
		{"usage: app IN OUT\n", "env.missing-arguments", "app IN OUT", Likely},
		{"setsid: Function not implemented\n", "syscall.unsupported", "setsid", Likely},
		{"semaphore set: Function not implemented\n", "syscall.unsupported", "semget", Possible},
		{"popen date: Cannot allocate memory\n", "process.spawn", "date", Likely},
		{"fork: Function not implemented\n", "process.fork", "fork", Likely},
		{"ModuleNotFoundError: No module named 'yaml'\n", "missing-data.runtime-files", "yaml", Likely},
		{"libfoo.so.2: cannot open shared object file: No such file or directory\n", "missing-lib.dlopen-soname", "libfoo.so.2", Possible},
		{"load ./a.so: libb.so.1: cannot open shared object file: No such file or directory\n", "missing-lib.dlopen-dependency", "libb.so.1", Possible},
		{"/lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.38' not found (required by ./app)\n", "bad-lib.symbol-version", "libc.so.6 GLIBC_2.38", Certain},
		{"2026/01/02 10:11:12 open conf/app.yaml: no such file or directory\n", "missing-data.file", "conf/app.yaml", Possible},
		{"dial tcp 10.0.2.2:5432: connect: connection refused\n", "network.refused", "10.0.2.2:5432", Likely},
		{"dial tcp: lookup db.example.org on 8.8.8.8:53: no such host\n", "network.dns", "db.example.org", Likely},
		{"getaddrinfo localhost: Name or service not known\n", "missing-data.etc-file", "/etc/hosts", Likely},
		{"x509: certificate signed by unknown authority\n", "missing-data.ca-certificates", "", Likely},
		{"write failed: No space left on device\n", "resource.disk-full", "/", Likely},
		{"thread 'main' (2) panicked at src/main.rs:3:5:\nindex out of bounds: the len is 3 but the index is 6\n", "program.panic", "index out of bounds: the len is 3 but the index is 6", Possible},
		{"terminate called after throwing an instance of 'std::logic_error'\n  what():  bad shape\n", "program.exception", "bad shape", Possible},
		{"free(): invalid pointer\n", "program.heap-corruption", "", Likely},
		{"helper returned 32512\nerror\n", "process.spawn", "system", Likely},
		{"this build needs sha_ni which the CPU lacks\n", "cpu.missing-feature-check", "sha_ni", Likely},
		{"proof verified: ok\n", "none.success", "", Possible},
		{"42\n", "none.success", "", Possible},
		{"something unspecific went wrong\n", "unknown", "", Possible},
		{"", "program.exit-nonzero", "", Possible},
	} {
		t.Run(tc.console, func(t *testing.T) {
			t.Parallel()
			v := Diagnose(Input{Guest: guest(t, boot+tc.console), GuestSource: "console.log", Table: table(t)})
			got := v.Cause
			if got.ID != tc.id || tc.subject != "" && got.Subject != tc.subject {
				t.Fatalf("cause %s %q (%s), want %s %q", got.ID, got.Subject, got.Confidence, tc.id, tc.subject)
			}
			if rank(got.Confidence) > rank(tc.atMost) {
				t.Errorf("confidence %s, at most %s", got.Confidence, tc.atMost)
			}
		})
	}
}

func TestNothingKnown(t *testing.T) {
	t.Parallel()
	v := Diagnose(Input{})
	if v.Cause.ID == "" || len(v.Findings) == 0 || v.Findings[0].ID != v.Cause.ID {
		t.Errorf("an empty input gives %+v", v)
	}
}
