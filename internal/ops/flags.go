package ops

import (
	"strconv"

	"github.com/spf13/pflag"
)

// Flags are the flags of `ops run`, under Ops's own names and shorthands, so that
// a user of nanodiag types the words that ops takes. The zero value means "no flag
// given".
type Flags struct {
	Config          string   // -c
	Args            []string // -a, each one argument; they replace Args of the config
	Envs            []string // -e NAME=VALUE; Ops cuts VALUE at a second "="
	Mounts          []string // --mounts LABEL:/PATH
	Ports, UDPPorts []string // -p, --udp
	Memory          string   // -m
	SMP             int      // --smp; 0 and 1 leave the config's CPUs alone
	NanosVersion    string   // --nanos-version
	Nightly         bool     // -n
	Arch            string   // --arch amd64|arm64
	TargetRoot      string   // -r
	ImageName       string   // -i, cut at the first dot
	NoAccel         bool     // --accel=false
	Klibs           []string // --klibs: nanodiag's own, ops has the config key only
	DisableArgsCopy bool
	Type            string
	TFSv4           bool // -4
	IPAddress       string
	IPv6Address     string
	Gateway         string
	Netmask         string
	NetConsolePort  string
	NetConsoleIP    string
	Consoles        []string
	Force           bool // -f
	Debug           bool // -d waits for gdb; a diagnostic run leaves it out
	GDBPort         int  // -g
	Trace           bool // nanodiag traces as its run needs it
	NoTrace         []string
	MissingFiles    bool
	SyscallSummary  bool
	Verbose         bool // -v
	Bridged         bool // -b
	BridgeName      string
	BridgeIPAddress string
	TapName         string // -t
	SkipBuild       bool   // -s
	QMP             bool
	ShowWarnings    bool
	ShowErrors      bool
	ShowDebug       bool
}

// flagDef is one flag: where it lives and how it is described.
type flagDef struct {
	name, short string
	ptr         any    // *string, *[]string, *int or *bool of a Flags
	inverted    bool   // a bool that ops counts as true by default
	foreign     bool   // not a flag of ops: Argv leaves it out
	usage       string // a back-quoted word names the value
}

func (f *Flags) defs() []flagDef {
	return []flagDef{
		{name: "config", short: "c", ptr: &f.Config, usage: "Ops config `file`"},
		{name: "args", short: "a", ptr: &f.Args, usage: "`argument` for the program; repeat for more (replaces Args of the config)"},
		{name: "envs", short: "e", ptr: &f.Envs, usage: "environment `NAME=VALUE` for the program"},
		{name: "mounts", ptr: &f.Mounts, usage: "mount a volume or directory, `LABEL:/PATH`"},
		{name: "port", short: "p", ptr: &f.Ports, usage: "TCP `port` to forward"},
		{name: "udp", ptr: &f.UDPPorts, usage: "UDP `port` to forward"},
		{name: "memory", short: "m", ptr: &f.Memory, usage: "memory `size` of the VM, such as 512m or 2G"},
		{name: "smp", ptr: &f.SMP, usage: "`number` of vCPUs"},
		{name: "nanos-version", ptr: &f.NanosVersion, usage: "Nanos `release` to use"},
		{name: "nightly", short: "n", ptr: &f.Nightly, usage: "use the nightly build of Nanos"},
		{name: "arch", ptr: &f.Arch, usage: "build for `amd64|arm64`"},
		{name: "target-root", short: "r", ptr: &f.TargetRoot, usage: "`directory` that stands for / of the target"},
		{name: "imagename", short: "i", ptr: &f.ImageName, usage: "`name` of the image, cut at the first dot"},
		{name: "accel", ptr: &f.NoAccel, inverted: true, usage: "use KVM where it works"},
		{name: "klibs", ptr: &f.Klibs, foreign: true, usage: "kernel `library` to add to Klibs of the config"},
		{name: "disable-args-copy", ptr: &f.DisableArgsCopy, usage: "do not copy files named by arguments (packages only)"},
		{name: "type", ptr: &f.Type, usage: "image `type` of the platform"},
		{name: "tfsv4", short: "4", ptr: &f.TFSv4, usage: "write the old file system encoding"},
		{name: "ip-address", ptr: &f.IPAddress, usage: "static IPv4 `address` of the guest"},
		{name: "ipv6-address", ptr: &f.IPv6Address, usage: "static IPv6 `address` of the guest"},
		{name: "gateway", ptr: &f.Gateway, usage: "gateway `address`"},
		{name: "netmask", ptr: &f.Netmask, usage: "network `mask` (ops: 255.255.255.0)"},
		{name: "netconsole-port", ptr: &f.NetConsolePort, usage: "`port` of the net console"},
		{name: "netconsole-ip", ptr: &f.NetConsoleIP, usage: "`address` of the net console"},
		{name: "consoles", ptr: &f.Consoles, usage: "console `name` to forward logs to"},
		{name: "force", short: "f", ptr: &f.Force, usage: "refresh the images"},
		{name: "debug", short: "d", ptr: &f.Debug, usage: "wait for gdb (not in diagnostic runs)"},
		{name: "gdbport", short: "g", ptr: &f.GDBPort, usage: "TCP `port` for gdb"},
		{name: "trace", ptr: &f.Trace, usage: "trace system calls"},
		{name: "no-trace", ptr: &f.NoTrace, usage: "system `call` to leave out of the trace"},
		{name: "missing-files", ptr: &f.MissingFiles, usage: "list the files that were not found"},
		{name: "syscall-summary", ptr: &f.SyscallSummary, usage: "count system calls"},
		{name: "verbose", short: "v", ptr: &f.Verbose, usage: "print the QEMU command"},
		{name: "bridged", short: "b", ptr: &f.Bridged, usage: "bridged network"},
		{name: "bridgename", ptr: &f.BridgeName, usage: "bridge `name`"},
		{name: "bridgeipaddress", ptr: &f.BridgeIPAddress, usage: "bridge `address`"},
		{name: "tapname", short: "t", ptr: &f.TapName, usage: "tap device `name`"},
		{name: "skipbuild", short: "s", ptr: &f.SkipBuild, usage: "run the image that is there (not in diagnostic runs)"},
		{name: "qmp", ptr: &f.QMP, usage: "open a QMP port"},
		{name: "show-warnings", ptr: &f.ShowWarnings, usage: "print Ops's warnings"},
		{name: "show-errors", ptr: &f.ShowErrors, usage: "print Ops's errors"},
		{name: "show-debug", ptr: &f.ShowDebug, usage: "print Ops's debug messages"},
	}
}

// Register adds the flags to fs. A name that fs has already is left to it, and a
// shorthand that is taken is left out, so that a command's own flags come first;
// register those before.
func (f *Flags) Register(fs *pflag.FlagSet) {
	for _, d := range f.defs() {
		if fs.Lookup(d.name) != nil {
			continue
		}
		if d.short != "" && fs.ShorthandLookup(d.short) != nil {
			d.short = ""
		}
		switch p := d.ptr.(type) {
		case *string:
			fs.StringVarP(p, d.name, d.short, *p, d.usage)
		case *[]string:
			fs.StringArrayVarP(p, d.name, d.short, *p, d.usage)
		case *int:
			fs.IntVarP(p, d.name, d.short, *p, d.usage)
		case *bool:
			if d.inverted {
				fl := fs.VarPF((*inverse)(p), d.name, d.short, d.usage)
				fl.NoOptDefVal = "true"
				continue
			}
			fs.BoolVarP(p, d.name, d.short, *p, d.usage)
		}
	}
}

// inverse is a bool flag whose variable holds the opposite, so that the zero value
// of Flags is the default of ops.
type inverse bool

func (v *inverse) String() string { return strconv.FormatBool(!bool(*v)) }
func (v *inverse) Type() string   { return "bool" }
func (v *inverse) Set(s string) error {
	b, err := strconv.ParseBool(s)
	if err != nil {
		return err
	}
	*v = inverse(!b)
	return nil
}

// Argv spells the flags out for `ops run`; flags without effect are left out.
func (f *Flags) Argv() []string {
	var out []string
	for _, d := range f.defs() {
		if d.foreign {
			continue
		}
		name := "--" + d.name
		switch p := d.ptr.(type) {
		case *string:
			if *p != "" {
				out = append(out, name+"="+*p)
			}
		case *[]string:
			for _, v := range *p {
				out = append(out, name+"="+v)
			}
		case *int:
			if *p != 0 {
				out = append(out, name+"="+strconv.Itoa(*p))
			}
		case *bool:
			switch {
			case *p && d.inverted:
				out = append(out, name+"=false")
			case *p:
				out = append(out, name)
			}
		}
	}
	return out
}
