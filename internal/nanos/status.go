package nanos

import "fmt"

// Status says what a Nanos version makes of a system call.
type Status uint8

const (
	Unsupported Status = iota // not registered: returns ENOSYS and does nothing
	Implemented               // does what Linux does, as far as Notes does not say otherwise
	Ignored                   // returns 0 at once and does nothing
	KlibOnly                  // registered by a klib; Unsupported when the image lacks it
)

var statusNames = [...]string{Unsupported: "unsupported", Implemented: "implemented", Ignored: "ignored", KlibOnly: "klib only"}

// statusByName maps the words of the data.
var statusByName = map[string]Status{"implemented": Implemented, "ignored": Ignored}

func (s Status) String() string {
	if int(s) < len(statusNames) {
		return statusNames[s]
	}
	return fmt.Sprintf("status %d", uint8(s))
}

// Status returns what a version makes of a call, named as in syscalls(2). A name
// that the data does not know, such as "syscall_500", is Unsupported.
func (t *Table) Status(call, version string) Status { return t.at(call, version).status }

// Klib names the klib that a KlibOnly call needs, else "". That klib may need
// others: see KlibNeeds.
func (t *Table) Klib(call, version string) string { return t.at(call, version).klib }

func (t *Table) at(call, version string) change {
	i := t.index(version)
	var c change
	for _, next := range t.calls[call] {
		if next.from <= i {
			c = next
		}
	}
	return c
}

// Since returns the first known version that serves a call without a klib, and ""
// when none does. The oldest known version may stand for older ones.
func (t *Table) Since(call string) string {
	for _, c := range t.calls[call] {
		if c.status == Implemented || c.status == Ignored {
			return t.versions[c.from]
		}
	}
	return ""
}

// klibNeeds lists klibs that do not load without another one, from the symbols that
// they leave undefined and no kernel has. The program is not started then: "missing
// dependencies for shmem klib" (run on 0.1.50, 0.1.53 and HEAD).
var klibNeeds = map[string]struct{ klib, since string }{
	"azure":      {"cloud_init", ""},
	"cloud_init": {"tls", ""},
	"cloudwatch": {"tls", ""},
	"firewall":   {"radar", "0.1.55"},
	"gcp":        {"tls", ""},
	"radar":      {"tls", ""},
	"shmem":      {"tmpfs", ""},
	"userdata":   {"tls", ""},
}

// KlibNeeds returns the klib without which another klib does not load in a version,
// or "". That one may need a third.
func KlibNeeds(klib, version string) string {
	n := klibNeeds[klib]
	if n.since != "" && version != "" && Compare(version, n.since) < 0 {
		return ""
	}
	return n.klib
}

// Number returns the x86-64 number of a call.
func (t *Table) Number(call string) (int, bool) {
	nr, ok := t.numbers[call]
	return nr, ok
}

// Name returns the name of an x86-64 call number; "syscall_500" when it has none,
// as Nanos's trace prints it.
func (t *Table) Name(nr int) string {
	if name, ok := t.names[nr]; ok {
		return name
	}
	return fmt.Sprintf("syscall_%d", nr)
}
