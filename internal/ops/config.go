package ops

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Config is Ops's config.json. Field names are the keys; encoding/json, which Ops
// uses, matches them without regard to case. Where Ops has no use for a key in a
// local run, the key is here all the same, because leaving it out would make a valid
// config unknown.
//
// Config is the file as written. ApplyFlags gives what `ops run` makes of it.
type Config struct {
	Args                      []string          `json:",omitempty"` // after argv[0]; `-a` replaces them all
	DisableArgsCopy           bool              `json:",omitempty"`
	BaseVolumeSz              string            `json:",omitempty"` // image size "100m"; a bad unit is ignored silently
	Boot                      string            `json:",omitempty"`
	UefiBoot                  string            `json:",omitempty"`
	Uefi                      bool              `json:",omitempty"`
	BuildDir                  string            `json:",omitempty"`
	CloudConfig               CloudConfig       `json:",omitzero"`
	TargetConfig              map[string]string `json:",omitempty"`
	Debugflags                []string          `json:",omitempty"`
	Dirs                      []string          `json:",omitempty"` // relative to the working directory; path kept in the image
	Env                       map[string]string `json:",omitempty"`
	Files                     []string          `json:",omitempty"` // always looked up below the working directory
	Force                     bool              `json:",omitempty"`
	Home                      string            `json:"home,omitempty"`
	Kernel                    string            `json:",omitempty"`
	KlibDir                   string            `json:",omitempty"`
	Klibs                     []string          `json:",omitempty"`
	MapDirs                   map[string]string `json:",omitempty"` // "dir/pattern" relative to the config file → image directory
	Mounts                    map[string]string `json:",omitempty"` // volume label, uuid or host directory → mount path
	NameServers               []string          `json:",omitempty"`
	NanosVersion              string            `json:",omitempty"`
	NightlyBuild              bool              `json:",omitempty"`
	NoTrace                   []string          `json:",omitempty"`
	ManifestPassthrough       map[string]any    `json:",omitempty"` // kernel options; values must be strings
	Program                   string            `json:",omitempty"` // wins over the program on the command line
	ProgramPath               string            `json:",omitempty"`
	RebootOnExit              bool              `json:",omitempty"`
	RunConfig                 RunConfig         `json:",omitzero"`
	LocalFilesParentDirectory string            `json:",omitempty"`
	TargetRoot                string            `json:",omitempty"`
	TFSv4                     bool              `json:",omitempty"`
	Version                   string            `json:",omitempty"`
	Language                  string            `json:",omitempty"`
	Description               string            `json:",omitempty"`
	VolumesDir                string            `json:",omitempty"`
	PackageBaseURL            string            `json:",omitempty"`
	PackageManifestURL        string            `json:",omitempty"`

	Source string `json:"-"` // the file's name as the user gave it; "" without a file
	Raw    []byte `json:"-"` // the file's bytes, untouched

	where    map[string]place // JSON pointer in canonical spelling → place
	defaults []byte           // text that Ops reads before this config; nil for none
}

// RunConfig is the virtual machine that a local run gets.
type RunConfig struct {
	Accel                        bool     `json:",omitempty"`
	AtExit                       string   `json:",omitempty"`
	Bridged                      bool     `json:",omitempty"`
	BridgeIPAddress              string   `json:",omitempty"`
	BridgeName                   string   `json:",omitempty"`
	CanIPForward                 bool     `json:",omitempty"`
	CPUs                         int      `json:",omitempty"`
	GPUs                         int      `json:",omitempty"`
	GPUType                      string   `json:",omitempty"`
	Debug                        bool     `json:",omitempty"`
	Gateway                      string   `json:",omitempty"`
	GdbPort                      int      `json:",omitempty"`
	ImageName                    string   `json:",omitempty"`
	InstanceGroup                string   `json:",omitempty"`
	InstanceName                 string   `json:",omitempty"`
	IPAddress                    string   `json:",omitempty"`
	IPv6Address                  string   `json:",omitempty"`
	Kernel                       string   `json:",omitempty"`
	Memory                       string   `json:",omitempty"` // as QEMU's -m reads it: "512m", "2G", a bare number is MiB
	Mgmt                         string   `json:",omitempty"`
	Vga                          bool     `json:",omitempty"`
	Mounts                       []string `json:",omitempty"`
	AttachVolumeOnInstanceCreate bool     `json:",omitempty"`
	NetMask                      string   `json:",omitempty"`
	Nics                         []Nic    `json:",omitempty"`
	Background                   bool     `json:",omitempty"`
	BackgroundDetach             bool     `json:",omitempty"`
	Ports                        []string `json:",omitempty"`
	QMP                          bool     `json:",omitempty"`
	ShowDebug                    bool     `json:",omitempty"`
	ShowErrors                   bool     `json:",omitempty"`
	ShowWarnings                 bool     `json:",omitempty"`
	JSON                         bool     `json:",omitempty"`
	TapName                      string   `json:",omitempty"`
	UDPPorts                     []string `json:",omitempty"`
	Verbose                      bool     `json:",omitempty"`
	VolumeSizeInGb               int      `json:",omitempty"`
	ThreadsPerCore               int64    `json:",omitempty"`
}

// Nic is one network card; Ops uses the list with Proxmox only.
type Nic struct {
	IPAddress   string `json:",omitempty"`
	IPv6Address string `json:",omitempty"`
	NetMask     string `json:",omitempty"`
	Gateway     string `json:",omitempty"`
	BridgeName  string `json:",omitempty"`
}

// CloudConfig holds the settings of the cloud providers; a local run reads ImageName.
type CloudConfig struct {
	BucketName       string      `json:",omitempty"`
	BucketNamespace  string      `json:",omitempty"`
	ConfidentialVM   bool        `json:",omitempty"`
	DedicatedHostID  string      `json:",omitempty"`
	DomainName       string      `json:",omitempty"`
	StaticIP         string      `json:",omitempty"`
	EnableIPv6       bool        `json:",omitempty"`
	Flavor           string      `json:",omitempty"`
	ImageType        string      `json:",omitempty"`
	ImageName        string      `json:",omitempty"`
	InstanceProfile  string      `json:",omitempty"`
	KMS              string      `json:",omitempty"`
	Platform         string      `json:",omitempty"`
	ProjectID        string      `json:",omitempty"`
	RootVolume       CloudVolume `json:",omitzero"`
	SecurityGroup    string      `json:",omitempty"`
	SkipImportVerify bool        `json:",omitempty"`
	Spot             bool        `json:",omitempty"`
	Subnet           string      `json:",omitempty"`
	Tags             []Tag       `json:",omitempty"`
	UserData         string      `json:",omitempty"`
	VPC              string      `json:",omitempty"`
	Zone             string      `json:",omitempty"`
}

// CloudVolume is a provider's root volume.
type CloudVolume struct {
	Name       string `json:"name"`
	Iops       int64  `json:"iops"`
	Size       int64  `json:"size"`
	Throughput int64  `json:"throughput"`
	Typeof     string `json:"typeof"`
}

// Tag is a provider's label.
type Tag struct {
	Key       string        `json:"key"`
	Value     string        `json:"value"`
	Attribute *TagAttribute `json:"attribute,omitempty"`
}

// TagAttribute says what a Tag applies to.
type TagAttribute struct {
	ImageLabel       *bool `json:"image_label,omitempty"`
	InstanceLabel    *bool `json:"instance_label,omitempty"`
	InstanceNetwork  *bool `json:"instance_network,omitempty"`
	InstanceMetadata *bool `json:"instance_metadata,omitempty"`
}

// maxConfig bounds a config file; real ones have a few hundred bytes, and a bound
// keeps a file named by mistake (a core, an image) out of memory.
const maxConfig = 16 << 20

// ParseConfig reads a config file's bytes. The error is one line with a position and
// what to do, and means that Ops cannot read the file at all. Issues of severity
// Error mean that Ops refuses what it read; the Config then holds what could be
// understood. An Issue's Code is a cause id.
func ParseConfig(name string, b []byte) (*Config, []Issue, error) {
	if len(b) > maxConfig {
		return nil, nil, fmt.Errorf("%s: %d MiB is too large for an Ops config; check the name", name, len(b)>>20)
	}
	end, err := checkSyntax(name, b)
	if err != nil {
		return nil, nil, err
	}
	c := &Config{Source: name, Raw: bytes.Clone(b)}
	l := &linter{cfg: c, text: b}
	if err := l.run(end); err != nil {
		return nil, nil, err
	}
	// A mistyped value is in the issues already; the rest decodes around it.
	dec := json.NewDecoder(bytes.NewReader(b[:end]))
	dec.UseNumber()
	_ = dec.Decode(c)
	l.values()
	return c, l.issues, nil
}

// LoadConfig reads and parses the file at path; "" gives an empty Config, as without
// -c. With ops_render_config=true in the environment Ops expands $VARIABLES in the
// text first, so positions are then those of the expanded text.
func LoadConfig(path string) (*Config, []Issue, error) {
	if path == "" {
		return &Config{}, nil, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, fmt.Errorf("read config: %w; check the name after -c", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxConfig+1)) // the name may be a device's
	if err != nil {
		return nil, nil, fmt.Errorf("read config: %w; check the name after -c", err)
	}
	text := b
	if os.Getenv("ops_render_config") == "true" {
		text = []byte(os.ExpandEnv(string(b)))
	}
	c, issues, err := ParseConfig(path, text)
	if err != nil {
		return nil, nil, err
	}
	c.Raw = b
	return c, issues, nil
}

// dir is the directory that relative MapDirs keys and shared directories start from:
// that of the config file, "." without one.
func (c *Config) dir() string {
	if c.Source == "" {
		return "."
	}
	return filepath.Dir(c.Source)
}
