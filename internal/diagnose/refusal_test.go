package diagnose

import "testing"

// TestRefusals: what Ops, QEMU and the kernel say themselves is certain.
func TestRefusals(t *testing.T) {
	t.Parallel()
	const first = "\x1b[1;33mversion lookup failed, using local.\n\x1b[0m"
	for _, tc := range []struct{ log, config, id, subject string }{
		{log: first + "Failed to build image, error is: failed building manifest: Library: libabc.so.2 => not found", id: "missing-lib.needed-on-host", subject: "libabc.so.2"},
		{log: first + "Failed to build image, error is: failed building manifest: you are trying to mix \"./app\" [arm] with the wrong kernel, try re-creating the image with --arch=", id: "bad-program.wrong-arch", subject: "./app (arm)"},
		{log: first + "2026/11/22 07:01:34 \x1b[1;31monly ELF binaries are supported. Is this a Linux binary? run \"file /srv/x/app\" on it\x1b[0m", id: "bad-program.not-elf", subject: "/srv/x/app"},
		{log: first + "2026/11/22 07:01:16 \x1b[1;31mEOF\x1b[0m", id: "bad-program.corrupt-elf", subject: "the program"},
		{log: first + "\x1b[31merror: ./app: stat /home/user/.ops/app: no such file or directory\n\x1b[0m", id: "ops.program-not-found", subject: "./app"},
		{log: first + "archCheck read error: read ./dir: is a directoryFailed to build image, error is: failed building manifest: read ./dir: is a directory", id: "ops.program-not-found", subject: "./dir"},
		{log: first + "\x1b[31merror reading config: open x.json: no such file or directory\n\x1b[0m", id: "ops.config-not-found", subject: "x.json"},
		{log: first + "Error: failed converting configuration file: json: unknown field \"Volumes\"\nSee more details at https://nanovms.gitbook.io/ops/configuration\nUsage:\n  ops run [elf] [flags]\n", id: "ops.config-unknown-key", subject: "Volumes"},
		{log: first + "Error: failed converting configuration file: json: cannot unmarshal string into Go struct field Config.Files of type []string\n", id: "ops.config-type", subject: "Files"},
		{log: first + "Error: failed converting configuration file: invalid character '\"' after array element ~ error near '\"b\"' (offset 12) line: 1\n", id: "ops.config-syntax", subject: "the configuration"},
		{log: first + "Failed to build image, error is: failed building manifest: file \"/srv/x//etc/hostname\" is missing: stat /srv/x//etc/hostname: no such file or directory", id: "ops.files-absolute-path", subject: "/etc/hostname"},
		{log: first + "Failed to build image, error is: failed building manifest: file \"/srv/x/none.bin\" is missing: stat /srv/x/none.bin: no such file or directory", id: "ops.file-missing", subject: "/srv/x/none.bin"},
		{log: first + "Failed to build image, error is: failed building manifest: lstat : no such file or directory", config: `{"MapDirs":{"a*":"/x"}}`, id: "ops.mapdirs-pattern", subject: "a*"},
		{log: first + "running local instance\nbooting /home/user/.ops/images/app ...\nqemu-system-x86_64: -virtfs local,path=vol9,mount_tag=0,security_model=none,multidevs=remap,id=hd0: cannot initialize fsdev 'hd0': failed to open 'vol9': No such file or directory\n\x1b[31mexit status 1\x1b[0m", id: "ops.volume-not-found", subject: "vol9"},
		{log: first + "\x1b[31m\x1b[1;31mPort 18743 is being used by other application (PID 6439)\x1b[0m\x1b[0m", id: "ops.port-in-use", subject: "18743"},
		{log: first + "\x1b[31m\x1b[1;31mNo hypervisor found on $PATH\nPlease install OPS using curl https://ops.city/get.sh -sSfL | sh\x1b[0m\x1b[0m", id: "ops.qemu-missing", subject: "qemu-system-x86_64"},
		{log: first + "\x1b[31m\x1b[1;31mGet \"https://storage.googleapis.com/nanos/release/9.9.9/nanos-release-linux-9.9.9.tar.gz\": dial tcp: lookup storage.googleapis.com: no such host\x1b[0m\x1b[0m", id: "ops.kernel-not-available", subject: "9.9.9"},
		{log: first + "running local instance\nbooting /home/user/.ops/images/app ...\nqemu-system-x86_64: -drive file=/home/user/.ops/images/app: Failed to get \"write\" lock\nIs another process using the image [/home/user/.ops/images/app]?\n\x1b[31mexit status 1\x1b[0m", id: "ops.image-in-use"},
		{log: first + "running local instance\nbooting /home/user/.ops/images/app ...\nqemu-system-x86_64: cannot set up guest memory 'pc.ram': Cannot allocate memory\n\x1b[31mexit status 1\x1b[0m", id: "ops.host-memory"},
		{log: boot + "program startup failed before exec: (result:missing dependencies for shmem klib)\n", id: "ops.klib-dependency", subject: "shmem"},
		{log: boot + "program startup failed on exec: (result:couldn't find program interpreter /lib64/ld-x.so.2)\n", id: "missing-lib.interpreter", subject: "/lib64/ld-x.so.2"},
		{log: boot + "program startup failed on exec: (result:unable to open program file /nope)\n", id: "ops.program-not-found", subject: "/nope"},
		{log: "running local instance\nbooting /home/user/.ops/images/app ...\nOut of memory: cannot allocate 4194304 bytes\n\x1b[31mexit status 255\x1b[0m", id: "resource.memory"},
	} {
		t.Run(tc.id, func(t *testing.T) {
			t.Parallel()
			v := Diagnose(Input{Guest: guest(t, tc.log), GuestSource: "log", Config: config(t, tc.config), Table: table(t)})
			if v.Cause.ID != tc.id || tc.subject != "" && v.Cause.Subject != tc.subject {
				t.Fatalf("cause %s %q, want %s %q", v.Cause.ID, v.Cause.Subject, tc.id, tc.subject)
			}
			if v.Cause.Confidence != Certain {
				t.Errorf("confidence %s, want certain: it is a statement", v.Cause.Confidence)
			}
			if v.Outcome != OutcomeFailed {
				t.Errorf("outcome %s", v.Outcome)
			}
		})
	}
}

// TestUnknownRefusal: a message that no row knows is still the evidence.
func TestUnknownRefusal(t *testing.T) {
	t.Parallel()
	v := Diagnose(Input{Guest: guest(t, "version lookup failed, using local.\nthe flux capacitor is not charged\n"), GuestSource: "log"})
	if v.Cause.ID != "ops.other" || v.Cause.Subject != "the flux capacitor is not charged" {
		t.Errorf("cause %s %q", v.Cause.ID, v.Cause.Subject)
	}
}

// TestForgedHalt: a program can print the kernel's words. Where it goes on after them
// they are not certain.
func TestForgedHalt(t *testing.T) {
	t.Parallel()
	const after = "[2] write(1, 0x1, 5) = 5\nall tests passed\n[2] exit_group( <unfinished ...>\n"
	for _, tt := range []struct {
		said string
		on   string
		want Confidence
	}{
		{"program startup failed on exec: (result:unable to open program file /nope)\n", "", Certain},
		{"program startup failed on exec: (result:unable to open program file /nope)\n", after, Likely},
		{"assertion x failed at y.c:1 (IP 0x0)  in f(); halt\n", "", Certain},
		{"assertion x failed at y.c:1 (IP 0x0)  in f(); halt\n", "the program goes on\n", Likely},
		{"assertion x failed at y.c:1 (IP 0x0)  in f(); halt\n", boot + "a second boot\n" + after, Certain},
	} {
		v := Diagnose(Input{Guest: guest(t, boot+"[2] brk(0x0) = 0x1000\n"+tt.said+tt.on), GuestSource: "trace.log", Table: table(t)})
		if rank(v.Cause.Confidence) > rank(tt.want) || tt.on == "" && v.Cause.Confidence != tt.want {
			t.Errorf("%q, then %q: %s %s, want at most %s", tt.said, tt.on, v.Cause.ID, v.Cause.Confidence, tt.want)
		}
	}
}
