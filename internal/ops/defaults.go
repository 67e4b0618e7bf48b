package ops

import (
	"encoding/json"
	"fmt"
	"os"
)

// SetDefaults names the file that Ops reads before any config: $OPS_DEFAULT_CONFIG, or
// .opsrc in the home directory (Installation.DefaultConf); "" means none. What a config
// leaves out is then taken from it, entry by entry for Env, MapDirs and Mounts, as
// encoding/json merges. The config's own text and places stay what they are. The error
// is one line that names the file.
func (c *Config) SetDefaults(file string) error {
	if file == "" {
		return nil
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("%s: %w; Ops reads it before every config", file, err)
	}
	if _, err := checkSyntax(file, b); err != nil {
		return err
	}
	if err := json.Unmarshal(b, new(Config)); err != nil {
		return fmt.Errorf("%s: %w; Ops reads it before every config, and stops", file, err)
	}
	c.defaults = b
	return nil
}

// InheritDefaults gives c the defaults of another config of the same project.
func (c *Config) InheritDefaults(from *Config) {
	if from != nil {
		c.defaults = from.defaults
	}
}

// withDefaults is c laid over its defaults.
func (c *Config) withDefaults() Config {
	if c.defaults == nil {
		return *c
	}
	var e Config
	own, err := c.encode()
	if err != nil || json.Unmarshal(c.defaults, &e) != nil {
		return *c // both were read from JSON once
	}
	// Ops sets these after it has read the defaults.
	e.RunConfig.Memory, e.RunConfig.Accel, e.VolumesDir, e.LocalFilesParentDirectory = "", false, "", ""
	if json.Unmarshal(own, &e) != nil {
		return *c
	}
	e.Source, e.Raw, e.where = c.Source, c.Raw, c.where
	return e
}
