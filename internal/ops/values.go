package ops

import (
	"fmt"
	"maps"
	"net"
	"slices"
	"strconv"

	"github.com/nanodiag/nanodiag/internal/lazyregexp"
)

// valueRule judges one key whose type is right. check returns "" when the value is
// fine; it is called only where the file sets the key.
type valueRule struct {
	keys     []string
	severity Severity
	check    func(c *Config) string
	hint     string
}

var (
	// mkfs sizes: digits and one of k, m, g.
	volumeSize = lazyregexp.New(`^[0-9]+[kKmMgG]?$`)
	// QEMU's -m: a number and one suffix letter, or its own option list.
	memorySize = lazyregexp.New(`^([0-9]+(\.[0-9]+)?[bBkKmMgGtTpPeE]?|.*[=,].*)$`)
)

const (
	minMemory = 16 << 20 // Nanos 0.1.56 starts a small program with 16 MiB, and never comes up with 1
	maxCPUs   = 288      // of QEMU 7.2's q35: "Invalid SMP CPUs 300"
	maxImage  = 16 << 40 // of a file of ext4
)

func always(message string) func(*Config) string { return func(*Config) string { return message } }

func badAddress(name string, get func(*Config) string) func(*Config) string {
	return func(c *Config) string {
		if v := get(c); v != "" && net.ParseIP(v) == nil {
			return fmt.Sprintf("RunConfig.%s %q is no IP address, and Ops drops it silently", name, v)
		}
		return ""
	}
}

// valueRules hold what `ops run` makes of values that its JSON reader accepts.
var valueRules = []valueRule{
	{[]string{"BaseVolumeSz"}, Warning, func(c *Config) string {
		if c.BaseVolumeSz != "" && !volumeSize.MatchString(c.BaseVolumeSz) {
			return fmt.Sprintf("BaseVolumeSz %q is no size, and Ops ignores it silently", c.BaseVolumeSz)
		}
		return ""
	}, `write a number with k, m or g, such as "100m"`},
	{[]string{"BaseVolumeSz"}, Warning, func(c *Config) string {
		if sizeBytes(c.BaseVolumeSz) > maxImage {
			return fmt.Sprintf("BaseVolumeSz %q is more than file systems hold in one file: Ops cannot make the image", c.BaseVolumeSz)
		}
		return ""
	}, `write a number with k, m or g, such as "100m"`},
	{[]string{"RunConfig", "Memory"}, Warning, func(c *Config) string {
		if m := memoryBytes(c.RunConfig.Memory); m > 0 && m < minMemory {
			return fmt.Sprintf("RunConfig.Memory %q is too little for Nanos to start", c.RunConfig.Memory)
		}
		return ""
	}, `write 16m or more; a bare number is MiB`},
	{[]string{"RunConfig", "CPUs"}, Error, func(c *Config) string {
		if c.RunConfig.CPUs > maxCPUs {
			return fmt.Sprintf("RunConfig.CPUs is %d, and QEMU's machine takes %d at most", c.RunConfig.CPUs, maxCPUs)
		}
		return ""
	}, "write the number of processors that the guest is to have"},
	{[]string{"RunConfig", "CPUs"}, Warning, func(c *Config) string {
		if c.RunConfig.CPUs < 0 {
			return "RunConfig.CPUs is negative, and Ops ignores it silently"
		}
		return ""
	}, "write the number of processors that the guest is to have"},
	{[]string{"RebootOnExit"}, Note, func(c *Config) string {
		if c.RebootOnExit {
			return "with RebootOnExit a program that fails is started again for ever; the runs of nanodiag go without it"
		}
		return ""
	}, ""},
	{[]string{"RunConfig", "Memory"}, Error, func(c *Config) string {
		if m := c.RunConfig.Memory; m != "" && !memorySize.MatchString(m) {
			return fmt.Sprintf("RunConfig.Memory %q is no size for QEMU", m)
		}
		return ""
	}, `write a number with one letter, such as "512m" or "2G"`},
	{[]string{"RunConfig", "IPAddress"}, Warning, badAddress("IPAddress", func(c *Config) string { return c.RunConfig.IPAddress }), ""},
	{[]string{"RunConfig", "Gateway"}, Warning, badAddress("Gateway", func(c *Config) string { return c.RunConfig.Gateway }), ""},
	{[]string{"RunConfig", "NetMask"}, Note, always("`ops run` replaces RunConfig.NetMask by its flag's default 255.255.255.0"), "use --netmask"},
	{[]string{"Program"}, Warning, always("Program in the config replaces the program on the command line"), "remove it from the config of `ops run`"},
	{[]string{"NanosVersion"}, Warning, always("`ops run` ignores NanosVersion and uses the installed release"), "use --nanos-version"},
	{[]string{"LocalFilesParentDirectory"}, Note, always("with -c Ops uses the config file's directory in place of LocalFilesParentDirectory"), ""},
	{[]string{"Debugflags"}, Note, always("`ops run` clears Debugflags"), "use ManifestPassthrough or --trace"},
	{[]string{"DisableArgsCopy"}, Note, always("`ops run` replaces DisableArgsCopy by its flag"), ""},
	{[]string{"Force"}, Note, always("`ops run` replaces Force by its flag"), "use --force"},
	{[]string{"VolumesDir"}, Note, always("`ops run` looks for volumes in the volumes directory of OPS home only"), ""},
	{[]string{"RunConfig", "Accel"}, Note, always("`ops run` replaces RunConfig.Accel by its flag"), "use --accel=false"},
	{[]string{"RunConfig", "Bridged"}, Note, always("`ops run` replaces RunConfig.Bridged by its flag"), "use --bridged"},
	{[]string{"RunConfig", "Verbose"}, Note, always("`ops run` replaces RunConfig.Verbose by its flag"), "use --verbose"},
}

func (l *linter) values() {
	c := l.cfg
	for _, r := range valueRules {
		if _, set := c.Pointer(r.keys...); !set {
			continue
		}
		if msg := r.check(c); msg != "" {
			i := c.issue(r.severity, "ops.config-value", msg, r.hint, r.keys...)
			switch i.Key {
			case "BaseVolumeSz":
				c.mendSize(&i, c.BaseVolumeSz, r.keys...)
			case "RunConfig.Memory":
				c.mendSize(&i, c.RunConfig.Memory, r.keys...)
			}
			l.issues = append(l.issues, i)
		}
	}
	for _, k := range slices.Sorted(maps.Keys(c.ManifestPassthrough)) {
		l.passthrough(c.ManifestPassthrough[k], "ManifestPassthrough", k)
	}
	slices.SortStableFunc(l.issues, func(a, b Issue) int { return a.Line - b.Line })
}

// maxPassthrough bounds the nesting that passthrough looks at; real options have
// three levels (firewall rules).
const maxPassthrough = 32

// passthrough finds the values that stop Ops's file system writer: it knows strings,
// lists and objects ("unknown type of value %!p(bool=true)").
func (l *linter) passthrough(v any, keys ...string) {
	if len(keys) > maxPassthrough || len(l.issues) >= maxIssues {
		return
	}
	switch x := v.(type) {
	case string:
	case []any:
		for i, e := range x {
			l.passthrough(e, append(slices.Clone(keys), strconv.Itoa(i))...)
		}
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(x)) {
			l.passthrough(x[k], append(slices.Clone(keys), k)...)
		}
	default:
		hint := fmt.Sprintf(`write "%v"`, v)
		switch v {
		case true:
			hint = `write "t" to switch it on`
		case false:
			hint = "remove the key to leave it off"
		case nil:
			hint = "remove the key"
		}
		i := l.cfg.issue(Error, "ops.config-type",
			dotted(keys)+" must be a string: Ops cannot write other values into the image", hint, keys...)
		if ptr, ok := l.cfg.Pointer(keys...); ok {
			m := Mend{Does: fmt.Sprintf("writing %s as a string", i.Key), Patch: []PatchOp{{Op: "replace", Path: ptr, Value: fmt.Sprint(v)}}}
			switch v {
			case true:
				m.Patch[0].Value = "t"
			case false, nil:
				m = Mend{Does: "removing " + i.Key, Patch: []PatchOp{{Op: "remove", Path: ptr}}}
			}
			i.Mends = []Mend{m}
		}
		l.issues = append(l.issues, i)
	}
}

// issue fills in the place of keys.
func (c *Config) issue(s Severity, code, message, hint string, keys ...string) Issue {
	i := Issue{Code: code, Severity: s, File: c.Source, Key: dotted(keys), Message: message, Hint: hint}
	i.Line, i.Col = c.Place(keys...)
	return i
}

// dotted joins keys as messages show them: "Files[2]", "RunConfig.Memory".
func dotted(keys []string) string {
	s := ""
	for i, k := range keys {
		switch {
		case i > 0 && isDigits(k):
			s += "[" + k + "]"
		case i > 0:
			s += "." + k
		default:
			s = k
		}
	}
	return s
}
