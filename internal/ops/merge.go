package ops

import (
	"cmp"
	"fmt"
	"maps"
	"net"
	"path"
	"slices"
	"strings"
)

// DefaultMemory is what a local run gets without -m and RunConfig.Memory.
const DefaultMemory = "2G"

// ApplyFlags returns the config that `ops run` works with: c with the flags merged
// by Ops's rules, its defaults filled in, and without argv[0] in Args. Issues name
// flags that Ops refuses, crashes on, or reads differently. c stays as it is.
func (c *Config) ApplyFlags(f Flags) (*Config, []Issue) {
	var issues []Issue
	refuse := func(code, key, msg, hint string) {
		issues = append(issues, Issue{Code: code, Severity: Error, Key: key, Message: msg, Hint: hint})
	}
	e := c.clone()

	// The order below is that of Ops: config, version, image, machine.
	if f.NanosVersion != "" {
		e.NanosVersion, e.Boot, e.Kernel = f.NanosVersion, "", ""
	} else {
		e.NanosVersion = "" // Ops puts the installed release here, whatever the config says
	}
	e.NightlyBuild = e.NightlyBuild || f.Nightly
	if len(e.NameServers) == 0 {
		e.NameServers = []string{"8.8.8.8"}
	}
	for _, kv := range f.Envs {
		name, value, ok := strings.Cut(kv, "=")
		if !ok {
			refuse("ops.config-value", kv, fmt.Sprintf("-e %s has no value: Ops crashes", kv), "write -e "+kv+"=VALUE")
			continue
		}
		if cut, _, more := strings.Cut(value, "="); more {
			value = cut
			issues = append(issues, Issue{Code: "ops.config-value", Severity: Warning, Key: name,
				Message: fmt.Sprintf("Ops cuts the value of -e %s at its second \"=\"", name), Hint: "set it in Env of the config"})
		}
		e.Env[name] = value
	}
	e.TargetRoot = cmp.Or(f.TargetRoot, e.TargetRoot)
	e.CloudConfig.ImageType = cmp.Or(f.Type, e.CloudConfig.ImageType)
	e.RunConfig.ImageName = cmp.Or(f.ImageName, e.RunConfig.ImageName)
	e.TFSv4 = e.TFSv4 || f.TFSv4
	for _, m := range f.Mounts {
		label, dir, ok := strings.Cut(m, ":")
		switch {
		case !ok:
			refuse("ops.config-value", m, fmt.Sprintf("--mounts %s names no mount path", m), "write LABEL:/PATH")
		case !strings.HasPrefix(dir, "/"):
			refuse("ops.config-value", m, fmt.Sprintf("--mounts %s: the mount path must start with /", m), "write LABEL:/PATH")
		case e.Mounts[label] != "":
			refuse("ops.config-value", m, fmt.Sprintf("--mounts %s: %s is mounted by the config already", m, label), "remove one of the two")
		default:
			e.Mounts[label] = dir
		}
	}
	if len(f.Args) > 0 {
		e.Args = slices.Clone(f.Args)
	}
	e.DisableArgsCopy = f.DisableArgsCopy
	if net.ParseIP(f.IPAddress) != nil {
		e.RunConfig.IPAddress = f.IPAddress
	}
	e.RunConfig.IPv6Address = cmp.Or(f.IPv6Address, e.RunConfig.IPv6Address)
	if net.ParseIP(f.Gateway) != nil {
		e.RunConfig.Gateway = f.Gateway
	}
	// The flag's default replaces the config's mask; a mask that is no address leaves it.
	if mask := cmp.Or(f.Netmask, "255.255.255.0"); net.ParseIP(mask) != nil {
		e.RunConfig.NetMask = mask
	}
	if len(f.Consoles) > 0 {
		e.ManifestPassthrough["netconsole_port"] = cmp.Or(f.NetConsolePort, "4444")
		e.ManifestPassthrough["netconsole_ip"] = cmp.Or(f.NetConsoleIP, "10.0.2.2")
		e.ManifestPassthrough["consoles"] = anyList(f.Consoles)
	}

	e.Debugflags = nil
	if f.Trace {
		e.Debugflags = []string{"trace", "debugsyscalls", "fault", "futex_trace"}
	}
	if f.Debug {
		e.Debugflags = append(e.Debugflags, "noaslr")
		e.RunConfig.Debug = true
	}
	if f.SyscallSummary {
		e.Debugflags = append(e.Debugflags, "syscall_summary")
	}
	e.Klibs = append(e.Klibs, f.Klibs...)
	if (f.Trace || f.SyscallSummary) && !slices.Contains(e.Klibs, "strace") {
		e.Klibs = append(e.Klibs, "strace")
	}
	if f.MissingFiles {
		e.Debugflags = append(e.Debugflags, "missing_files")
	}
	e.RunConfig.Memory = cmp.Or(f.Memory, e.RunConfig.Memory, DefaultMemory)
	if f.Memory != "" && !memorySize.MatchString(f.Memory) {
		refuse("ops.config-value", f.Memory, fmt.Sprintf("-m %s is no size for QEMU", f.Memory), "write a number with one letter, such as 512m or 2G")
	}
	if f.SMP > 1 {
		e.RunConfig.CPUs = f.SMP
	}
	e.RunConfig.GdbPort = cmp.Or(f.GDBPort, e.RunConfig.GdbPort)
	e.RunConfig.TapName = cmp.Or(f.TapName, e.RunConfig.TapName)
	e.RunConfig.BridgeName = cmp.Or(f.BridgeName, e.RunConfig.BridgeName)
	e.RunConfig.BridgeIPAddress = cmp.Or(f.BridgeIPAddress, e.RunConfig.BridgeIPAddress)
	if len(f.NoTrace) > 0 {
		e.NoTrace = f.NoTrace
	}
	e.RunConfig.Verbose, e.RunConfig.Bridged = f.Verbose, f.Bridged
	e.RunConfig.Accel, e.Force = !f.NoAccel && !f.Debug, f.Force
	e.RunConfig.QMP = e.RunConfig.QMP || f.QMP
	for _, p := range f.Ports {
		if !validPorts(p) {
			refuse("ops.config-value", p, fmt.Sprintf("-p %s is no port, list or range", p), "write 8080, 80,443 or 8000-8010")
			continue
		}
		for _, one := range strings.Split(p, ",") {
			if !slices.Contains(e.RunConfig.Ports, one) {
				e.RunConfig.Ports = append(e.RunConfig.Ports, one)
			}
		}
	}
	e.RunConfig.UDPPorts = append(e.RunConfig.UDPPorts, f.UDPPorts...)
	if f.Arch != "" && f.Arch != "amd64" && f.Arch != "arm64" {
		refuse("ops.config-value", f.Arch, fmt.Sprintf("--arch %s is unknown to Ops", f.Arch), "write amd64 or arm64")
	}
	return e, issues
}

// clone copies c so that merging changes nothing of the original; maps are never nil
// in the copy.
func (c *Config) clone() *Config {
	e := c.withDefaults()
	e.Args = slices.Clone(e.Args)
	e.Klibs = slices.Clone(e.Klibs)
	e.RunConfig.Ports = slices.Clone(e.RunConfig.Ports)
	e.RunConfig.UDPPorts = slices.Clone(e.RunConfig.UDPPorts)
	e.Env = cloneMap(e.Env)
	e.Mounts = cloneMap(e.Mounts)
	e.MapDirs = cloneMap(e.MapDirs)
	e.ManifestPassthrough = cloneMap(e.ManifestPassthrough)
	return &e
}

func cloneMap[V any](m map[string]V) map[string]V {
	out := make(map[string]V, len(m))
	maps.Copy(out, m)
	return out
}

func anyList(s []string) []any {
	out := make([]any, len(s))
	for i, v := range s {
		out[i] = v
	}
	return out
}

// validPorts accepts "80", "80,443" and one range "8000-8010".
func validPorts(s string) bool {
	if strings.Count(s, "-") > 1 {
		return false
	}
	for _, p := range strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == '-' }) {
		if !isDigits(p) {
			return false
		}
	}
	return s != "" && isDigits(s[:1]) && isDigits(s[len(s)-1:]) &&
		!strings.Contains(s, ",,") && !strings.Contains(s, ",-") && !strings.Contains(s, "-,")
}

// imageName is the name that Ops gives the image of program: -i or the program's
// base name, cut at the first dot.
func (c *Config) imageName(program string) string {
	name, _, _ := strings.Cut(path.Base(cmp.Or(c.RunConfig.ImageName, program)), ".")
	if name == "" { // ".hidden": Ops falls back to the program's whole name
		return path.Base(program) + "-image"
	}
	return name
}
