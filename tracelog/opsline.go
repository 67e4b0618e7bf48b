package tracelog

import "bytes"

// opsFirst are beginnings of what Ops prints before the guest starts; a log whose first
// line has one begins with Ops. Colours are taken off before.
var opsFirst = []string{
	"version lookup failed, using local.",
	"running local instance",
	"booting ",
	"You specified hardware acceleration",
	"Klib \"",
	"Failed to build image",
	"Ops can't find the following missing libraries",
	"Error: failed converting configuration file",
	"Error: unknown flag",
	"No local build found",
	"No hypervisor found",
	"archCheck read error",
	"only ELF binaries are supported",
	"Get \"https://storage.googleapis.com/nanos/",
}

// opsRed are such beginnings with their colours, where the words alone could be a
// program's.
var opsRed = []string{
	"\x1b[31m\x1b[1;31m", // Port 18743 is being used by other application (PID 6439)
	"\x1b[31merror: ",    // error: ./prog: stat /home/user/.ops/prog: no such file or directory
}

// machineLines are lines of QEMU and of the firmware, wherever they stand.
var machineLines = []string{
	// qemu-system-x86_64: -virtfs …: cannot initialize fsdev 'hd0': failed to open 'nosuchvol'
	"qemu-system-", "/usr/bin/qemu-system-", "/usr/local/bin/qemu-system-", "qemu: ",
	// Is another process using the image [/home/user/.ops/images/im-0]?
	"Is another process using the image [",
	// bios_read_sectors: error 0xc, the boot loader of Nanos on a broken image
	"bios_read_sectors: error",
	// serial console of a cloud
	"SeaBIOS (version ", "Machine UUID ", "iPXE (", "Total RAM Size = 0x", "CPUs found:", "CPU Mhz=",
	"Booting from Hard Disk", "Booting from 0000:7c00", "Booting from ROM", "found virtio-scsi at ",
	"virtio-scsi vendor=", "drive 0x000", "UEFI: ", "BdsDxe: ", "Press F12 for boot menu",
	"Select boot device:", "Max CPUs supported:", "Boot failed: ", "No bootable device",
}

// firmwareFirst are the lines with which a machine begins to boot.
var firmwareFirst = []string{"SeaBIOS (version ", "UEFI: ", "BdsDxe: "}

// isMachineLine takes a line that is not empty.
func isMachineLine(b []byte) bool {
	if b[0] == 0x1b {
		b = stripANSI(b)
	}
	return len(b) > 0 && hasAny(b, machineBy[b[0]])
}

func hasAny(b []byte, prefixes []string) bool {
	for _, p := range prefixes {
		if bytes.HasPrefix(b, []byte(p)) {
			return true
		}
	}
	return false
}

// opsRefusal is how many lines Ops prints at most when it refuses in red.
const opsRefusal = 5

// isOpsStart reports whether a log that begins like this was recorded through Ops, so
// that everything up to the guest's first sign is Ops's.
func isOpsStart(peek []byte) bool {
	first, short := true, bytes.Count(peek, []byte{'\n'}) <= opsRefusal
	for len(peek) > 0 {
		line, rest, _ := bytes.Cut(peek, []byte{'\n'})
		peek = rest
		if first && short && hasAny(line, opsRed) {
			return true
		}
		line = bytes.TrimSpace(stripANSI(line))
		if len(line) == 0 {
			continue
		}
		if isBooting(line) {
			return true
		}
		// 2026/11/22 07:01:34 only ELF binaries are supported. …
		if first && (hasAny(line, opsFirst) || hasAny(trimLogTime(line), opsFirst)) {
			return true
		}
		first = false
	}
	return false
}

// isBooting takes Ops's last line before the guest, "booting /home/user/.ops/images/prog ...".
func isBooting(b []byte) bool {
	return bytes.HasPrefix(b, []byte(booting)) && bytes.HasSuffix(b, []byte(" ..."))
}

// isOpsAgain takes the line with which Ops begins, in the middle of a log.
func isOpsAgain(b []byte) bool {
	s := string(stripANSI(b))
	return s == "version lookup failed, using local." || s == "running local instance"
}

// trimLogTime takes off the stamp of Go's log package, 2026/11/22 07:01:34.
func trimLogTime(b []byte) []byte {
	const shape = "2026/11/22 07:01:34 "
	if len(b) > len(shape) && b[4] == '/' && b[7] == '/' && b[10] == ' ' && b[13] == ':' && b[19] == ' ' {
		return b[len(shape):]
	}
	return b
}

// opsEnds are the texts of the red line with which Ops reports how QEMU ended.
var opsEnds = []string{"exit status ", "signal: ", "waitid: no child processes"}

// qemuEnded is what QEMU says when somebody ends it.
const qemuEnded = ": terminating on signal "

const red = "\x1b[31m"

// findOpsEnd looks for that line at the end of b, also behind output without a newline,
// and returns where it begins.
//
//	no newline at end\x1b[31mexit status 7\x1b[0m
//	no newline at endqemu-system-x86_64: terminating on signal 15 from pid 8677 (timeout)
func findOpsEnd(b []byte) int {
	if len(b) > 0 && b[len(b)-1] == ')' {
		if i := bytes.LastIndex(b, []byte("qemu-system-")); i >= 0 && bytes.Contains(b[i:], []byte(qemuEnded)) {
			return i
		}
	}
	if bytes.IndexByte(b, 0x1b) < 0 {
		return -1
	}
	i := bytes.LastIndex(b[max(0, len(b)-64):], []byte(red))
	if i < 0 {
		return -1
	}
	i += max(0, len(b)-64)
	if hasAny(b[i+len(red):], opsEnds) {
		return i
	}
	return -1
}

// stripANSI removes control sequences (ESC [ … letter, ESC c). It returns b itself when
// there are none.
func stripANSI(b []byte) []byte {
	i := bytes.IndexByte(b, 0x1b)
	if i < 0 {
		return b
	}
	out := append(make([]byte, 0, len(b)), b[:i]...)
	for i < len(b) {
		if b[i] != 0x1b {
			out = append(out, b[i])
			i++
			continue
		}
		i++
		if i < len(b) && b[i] == '[' {
			i++
			for i < len(b) && (b[i] < 0x40 || b[i] > 0x7e) {
				i++
			}
		}
		i++
	}
	return out
}
