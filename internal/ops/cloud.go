package ops

import (
	"cmp"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"
)

// CloudPlatforms are what Ops's -t takes, but for onprem.
var CloudPlatforms = []string{"aws", "azure", "gcp", "hetzner", "hyper-v", "oci", "openstack", "scaleway", "upcloud", "vbox", "vsphere", "vultr"}

// VolumeContent stands for the directory with what a volume is to hold. A volume that is
// created without one is empty.
const VolumeContent = "DIR"

// Cloud lists the commands, each an argument vector, that bring p to a cloud platform:
// its volumes, its image, an instance of that, the volumes attached to it, and the log.
// file is the configuration to use, as ops is to find it. program is given as p has it.
// content gives the host directory for what a volume at a guest path is to hold; where
// nothing tells it, the directory is VolumeContent, and whoever types it fills it in.
// Flags were checked against the help of Ops of May 2026.
func Cloud(p Project, file, platform string, content map[string]string) [][]string {
	e, _ := p.config().ApplyFlags(p.Flags)
	name := cmp.Or(e.CloudConfig.ImageName, e.imageName(p.program(e)))
	common := []string{"-t", platform, "-c", file}
	var create, attach [][]string
	for _, v := range Volumes(p) {
		label := volumeName(v)
		c := []string{"ops", "volume", "create", label}
		if v.Size > 0 {
			c = append(c, "-s", fmt.Sprintf("%dm", (v.Size+1<<20-1)>>20))
		}
		c = append(c, "-d", cmp.Or(content[v.Path], contentDir(v), VolumeContent))
		create = append(create, append(c, common...))
		attach = append(attach, append([]string{"ops", "volume", "attach", name, label}, common...))
	}
	// image create knows fewer flags than run; memory and the number of vCPUs go with
	// the instance's flavour, ports with the instance.
	f := Flags{Args: p.Flags.Args, Envs: p.Flags.Envs, NanosVersion: p.Flags.NanosVersion, Nightly: p.Flags.Nightly, Arch: p.Flags.Arch,
		TargetRoot: p.Flags.TargetRoot, DisableArgsCopy: p.Flags.DisableArgsCopy, TFSv4: p.Flags.TFSv4, ImageName: name}
	for _, v := range Volumes(p) {
		f.Mounts = append(f.Mounts, volumeName(v)+":"+v.Path)
	}
	image := append(append([]string{"ops", "image", "create", p.Program}, common...), f.Argv()...)
	instance := append([]string{"ops", "instance", "create", name}, common...)
	instance = append(instance, "-i", name)
	for _, port := range e.RunConfig.Ports {
		if !slices.Contains(p.config().RunConfig.Ports, port) {
			instance = append(instance, "-p", port)
		}
	}
	out := append(create, image, instance)
	out = append(out, attach...)
	return append(out, append([]string{"ops", "instance", "logs", name}, common...))
}

// CloudLacks names what the configuration has to hold for the platform and does not.
func CloudLacks(p Project, platform string) []string {
	var out []string
	cc := p.config().CloudConfig
	if cc.BucketName == "" && slices.Contains([]string{"gcp", "aws", "azure"}, platform) {
		out = append(out, "CloudConfig.BucketName")
	}
	if platform == "gcp" && cc.ProjectID == "" {
		out = append(out, "CloudConfig.ProjectID (or -g)")
	}
	if slices.Contains([]string{"gcp", "aws", "azure"}, platform) && cc.Zone == "" {
		out = append(out, "CloudConfig.Zone (or -z)")
	}
	return out
}

// volumeName is a name for the volume that a provider takes: a shared directory has
// only its path.
func volumeName(v VolumeInfo) string {
	return strings.Trim(path.Base(v.Label), "./")
}

// contentDir is the host directory that holds what a volume is to hold; "" where that
// is not known.
func contentDir(v VolumeInfo) string {
	if v.HostDir != "" {
		return v.HostDir
	}
	if info, err := os.Stat(v.Path); err == nil && info.IsDir() {
		return v.Path
	}
	return ""
}
