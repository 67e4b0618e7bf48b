package ops

import (
	"cmp"
	"os"
	"runtime"
	"strings"
)

// GuestArgs is the guest's argument vector: argv[0] is the program as it was typed
// ("./prog"), not its path in the image ("/prog").
func (p Project) GuestArgs() []string {
	e, _ := p.config().ApplyFlags(p.Flags)
	return append([]string{p.program(e)}, e.Args...)
}

// GuestEnv is the guest's environment: what Ops sets itself, overridden by Env of
// the config and -e. The host's environment does not reach the guest, and there is
// no PATH, HOME or LANG. The guest's order is not defined.
func (p Project) GuestEnv() map[string]string {
	e, _ := p.config().ApplyFlags(p.Flags)
	env := map[string]string{
		"USER":          "root",
		"PWD":           "/",
		"OPS_VERSION":   p.OpsVersion,
		"NANOS_VERSION": cmp.Or(e.NanosVersion, p.NanosVersion),
		"NANOS_ARCH":    cmp.Or(p.Flags.Arch, runtime.GOARCH),
		"IMAGE_NAME":    e.imageName(p.program(e)),
	}
	for k, v := range e.Env {
		env[k] = v
	}
	if _, ok := e.Env["RADAR_KEY"]; ok && e.Env["RADAR_IMAGE_NAME"] == "" {
		env["RADAR_IMAGE_NAME"] = env["IMAGE_NAME"]
	}
	if len(e.RunConfig.Ports) > 0 {
		env["OPS_PORT"] = strings.Join(e.RunConfig.Ports, ",")
	}
	return env
}

// program is what Ops runs: Program of the config where it has one.
func (p Project) program(e *Config) string { return cmp.Or(e.Program, p.Program) }

func (p Project) hostEnv() []string {
	if p.HostEnv == nil {
		return os.Environ()
	}
	return p.HostEnv
}

func (p Project) config() *Config {
	if p.Config == nil {
		return &Config{}
	}
	return p.Config
}
