package tracelog

import "testing"

const (
	opsHead = "\x1b[1;33mversion lookup failed, using local.\n\x1b[0mrunning local instance\nbooting /img ...\n"
	up      = "[0.971199] en1: assigned 10.0.2.15\n"
	dead    = "\n*** signal 11 received by tid 2, errno 0, code 1\n    fault address 0x10\n\n   core dump\n"
)

// TestEnd: what a log says, and does not say, about how the run ended.
func TestEnd(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		log  string
		want End
	}{
		{"empty", "", EndUnknown},
		{"output only: a cut looks the same", opsHead + up + "hello\n", EndUnknown},
		{"exit_group", opsHead + up + "[2] exit_group( <unfinished ...>\n", EndExit},
		{"exit_group, old format", opsHead + "en1: assigned 10.0.2.15\n    2 exit_group\n", EndExit},
		{"a trace without its end", opsHead + up + "[2] futex(0x1, FUTEX_WAIT, 2, NULL <unfinished ...>\n", EndCut},
		{"missing files are printed at an orderly end", opsHead + up + "missing_files_begin\nmissing_files_end\n", EndExit},
		{"status through debug_exit", opsHead + up + "hello\n\x1b[31mexit status 7\x1b[0m\n", EndExit},
		{"status, colours taken off", "running local instance\nbooting /img ...\n" + up + "hello\nexit status 7\n", EndExit},
		{"QEMU killed", opsHead + up + "hello\n\x1b[31msignal: killed\x1b[0m\n", EndCut},
		{"signal", opsHead + up + "hello\n" + dead, EndSignal},
		{"signal and status", opsHead + up + "hello\n" + dead + "\x1b[31mexit status 23\x1b[0m\n", EndSignal},
		{"signal and lists", opsHead + up + dead + "missing_files_begin\nmissing_files_end\n", EndSignal},
		{"SIGTERM has no dump", opsHead + up + "hello\n   terminate\n", EndSignal},
		{"a handled signal", opsHead + up + "    2 signal 11 received, errno 0, code 1\n[2] exit_group( <unfinished ...>\n", EndExit},
		{"no program", opsHead + "[0.500000] program startup failed on exec: (result:unable to open program file /nope)\n", EndHalt},
		{"assertion", opsHead + "\nframe trace: \n\nloaded klibs: \nassertion x failed at /k/klib.c:325 (IP 0x1)  in init_klib(); halt\n", EndHalt},
		{"kernel fault", opsHead + "\nno fault handler\ncpu 0000000000000000, state kernel, vector 000000000000000d\n", EndHalt},
		{"Ops refuses", "\x1b[1;33mversion lookup failed, using local.\n\x1b[0mFailed to build image, error is: x\n", EndNotStarted},
		{"QEMU refuses", opsHead + "qemu-system-x86_64: -hda /img: Failed to get \"write\" lock\n\x1b[31mexit status 1\x1b[0m\n", EndNotStarted},
		{"broken image", opsHead + "bios_read_sectors: error 0xc\n\x1b[31mexit status 255\x1b[0m\n", EndNotStarted},
		{"a kernel allocation fails and the program goes on", opsHead + up + "[2.000000] Out of memory: cannot allocate 8192 bytes\n[2] exit_group( <unfinished ...>\n", EndExit},
		{"too little memory to boot", opsHead + "Out of memory: cannot allocate 4194304 bytes\n\x1b[31mexit status 255\x1b[0m\n", EndHalt},
		{"a program that writes in red", up + "\x1b[31merror: no input\x1b[0m\n[2] exit_group( <unfinished ...>\n", EndExit},
		{"nothing came after booting", opsHead, EndUnknown},
		{"second boot decides", opsHead + up + dead + opsHead + up + "[2] exit_group( <unfinished ...>\n", EndExit},
	} {
		if log := read(t, tt.log); log.End != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, log.End, tt.want)
		}
	}
}

// TestBoots: what tells one boot from the next.
func TestBoots(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		log  string
		want int
	}{
		{"never up", opsHead, 0},
		{"one", opsHead + up + "hello\n[2.593924] en1: assigned FE80::D46A:BAFF:FEAD:5CC7\n", 1},
		{"the address again", opsHead + up + "a[4.787627] en1: assigned 10.0.2.15\nb", 2},
		{"the clock goes back", opsHead + up + "[30.5] x\n[31.000000] page fill failed with (x)\n[0.400000] page fill failed with (x)\n", 2},
		{"Ops twice in one log", opsHead + up + "a\n" + opsHead + up + "b\n", 2},
		{"firmware again", "SeaBIOS (version 1)\n" + up + "a\nSeaBIOS (version 1)\n" + up, 2},
	} {
		log := read(t, tt.log)
		if log.Boots != tt.want || len(log.BootLines) != tt.want || log.Booted != (tt.want > 0) {
			t.Errorf("%s: %d boots at %v, booted %v; want %d", tt.name, log.Boots, log.BootLines, log.Booted, tt.want)
		}
	}
}

// TestOpsExit: the number is Ops's only where Ops printed it.
func TestOpsExit(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		log  string
		want int // -1: none
	}{
		{opsHead + up + "x\x1b[31mexit status 7\x1b[0m\n", 7},
		{opsHead + up + "x\n\x1b[31mexit status 255\x1b[0m", 255},
		{opsHead + up + "exit status 1\nmore\n", -1}, // a program's words
		{up + "exit status 1\n", -1},                 // no Ops in this log
	} {
		got := -1
		if log := read(t, tt.log); log.OpsExit != nil {
			got = *log.OpsExit
		}
		if got != tt.want {
			t.Errorf("%q: %d, want %d", tt.log, got, tt.want)
		}
	}
}

// TestVersion: a version that the log states, or the range that its shapes allow.
func TestVersion(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ log, version, min, max string }{
		{"en1: assigned 10.0.2.15\n", "", "", "0.1.52"},
		{up, "", "0.1.53", ""},
		{"en1: assigned 10.0.2.15\n[2] getpid() = 2\n", "", "0.1.51", "0.1.52"},
		{"    2 getpid\n", "", "", "0.1.50"},
		{"*** signal 6 received by tid 2, errno 0, code -6\n    2 getpid\n", "", "0.1.40", "0.1.50"},
		{"signal 6 received by tid 2, errno 0, code -6\n", "", "", "0.1.39"},
		{"read program complete: 0xffff810000000000 gitversion: c641f82fc8cca460bfa759a08b0e3de2dcdf7231\n", "0.1.50", "", "0.1.52"},
		{up + "[0.6] x\n[0.700000] gitversion: 0123456789012345678901234567890123456789\n", "", "0.1.53", ""},
		{"running local instance\nKlib \"strace\" not found in directory \"/home/user/.ops/0.1.49/klibs\"\n", "0.1.49", "", ""},
		{"unable to resolve program path \"/nope\"\n", "", "0.1.48", "0.1.53"},
		{"[0.5] x\n[0.500000] program startup failed on exec: (result:unable to open program file /nope)\n", "", "0.1.54", ""},
		{up + "    2 getpid\n    2 direct return: 2, rsp 0x1\n", "", "", ""}, // contradiction: somebody's print
	} {
		log := read(t, tt.log)
		if log.Version != tt.version || log.VersionMin != tt.min || log.VersionMax != tt.max {
			t.Errorf("%q: %q, %q..%q; want %q, %q..%q", tt.log, log.Version, log.VersionMin, log.VersionMax, tt.version, tt.min, tt.max)
		}
	}
}
