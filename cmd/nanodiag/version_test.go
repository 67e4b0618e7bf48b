package main

import (
	"runtime/debug"
	"testing"
)

func TestVersionString(t *testing.T) {
	t.Parallel()
	const commit = "67b5cd2aa1f00d67b5cd2aa1f00d67b5cd2aa1f0"
	vcs := []debug.BuildSetting{{Key: "vcs.revision", Value: commit}, {Key: "vcs.time", Value: "2026-11-22T23:59:01Z"}}
	dirty := append(vcs[:2:2], debug.BuildSetting{Key: "vcs.modified", Value: "true"})
	for _, c := range []struct {
		name, version, module string
		settings              []debug.BuildSetting
		want                  string
	}{
		{"release", "v1.2.3", "v1.2.3", vcs, "v1.2.3 (commit 67b5cd2aa1f0, 2026-11-22)"},
		{"go install of a release", "", "v1.2.3", nil, "v1.2.3"},
		{"go build of a clone", "", "v0.0.0-20261122235901-67b5cd2aa1f0+dirty", dirty, "v0.0.0-20261122235901-67b5cd2aa1f0+dirty (2026-11-22, modified)"},
		{"go 1.23 in a clone", "", "(devel)", dirty, "(devel) (commit 67b5cd2aa1f0, 2026-11-22, modified)"},
		{"go build -buildvcs=false", "", "(devel)", nil, "(devel) (commit unknown)"},
		{"no build information", "", "", nil, "(devel) (commit unknown)"},
	} {
		info := &debug.BuildInfo{Main: debug.Module{Version: c.module}, Settings: c.settings}
		if got := newBuild(c.version, info).String(); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
