package ops

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFind(t *testing.T) {
	home := t.TempDir()
	t.Setenv("PATH", filepath.Join(home, "bin"))
	env := map[string]string{"HOME": home}
	getenv := func(k string) string { return env[k] }

	in, err := find(getenv)
	if err != nil {
		t.Fatal(err)
	}
	lacks := map[string]string{}
	for _, l := range in.Lacks {
		lacks[l.What] = l.Hint
	}
	delete(lacks, "kvm")
	want := map[string]string{"ops": "curl https://ops.city/get.sh -sSfL | sh", "qemu": "sudo apt install qemu-system-x86", "nanos": "ops update"}
	if d := cmp.Diff(want, lacks); d != "" {
		t.Errorf("an empty host: -want +got:\n%s", d)
	}
	if l, ok := in.Usable(); ok || l.What != "ops" {
		t.Errorf("an empty host is usable, or lacks %v first", l)
	}

	lay(t, home, map[string]string{
		".ops/bin/ops": "#!/bin/sh\n", ".ops/0.1.9/kernel.img": "", ".ops/0.1.54/kernel.img": "", ".ops/0.1.54/klibs/strace": "",
		".ops/0.1.54/klibs/test/": "", ".ops/images/": "", ".ops/latest.txt": "0.1.54\n", ".opsrc": "{}", "bin/qemu-system-x86_64": "#!/bin/sh\n",
	})
	for _, f := range []string{".ops/bin/ops", "bin/qemu-system-x86_64"} {
		if err := os.Chmod(filepath.Join(home, f), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if in, err = find(getenv); err != nil {
		t.Fatal(err)
	}
	if _, ok := in.Usable(); !ok || in.Ops != filepath.Join(home, ".ops/bin/ops") || in.Nanos != "0.1.54" || in.DefaultConf != filepath.Join(home, ".opsrc") {
		t.Errorf("%+v", in)
	}
	var versions []string
	for _, r := range in.Releases {
		versions = append(versions, r.Version+" "+strings.Join(r.Klibs, ","))
	}
	if d := cmp.Diff([]string{"0.1.9 ", "0.1.54 strace"}, versions); d != "" {
		t.Error(d)
	}
	if !in.hasTraceKlib("0.1.54", &Config{}) || in.hasTraceKlib("0.1.50", &Config{}) || !in.hasTraceKlib("0.1.52", &Config{}) {
		t.Error("the strace klib: by its file in an installed release, by the number otherwise")
	}

	env["OPS_HOME"] = filepath.Join(home, "other")
	if in, err = find(getenv); err != nil || in.Home != filepath.Join(home, "other", ".ops") {
		t.Errorf("OPS_HOME: %s, %v", in.Home, err)
	}
	if _, err := find(func(string) string { return "" }); err == nil {
		t.Error("a host without HOME")
	}
}

func TestTryKVM(t *testing.T) {
	f := filepath.Join(t.TempDir(), "kvm")
	if err := os.WriteFile(f, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if tryKVM(f) == nil || tryKVM(f+"x") == nil {
		t.Error("a plain file works as KVM")
	}
}

func TestInstanceLogs(t *testing.T) {
	want := []string{"ops", "instance", "logs", "web-1", "--target-cloud=gcp", "--config=gcloud.json"}
	if d := cmp.Diff(want, InstanceLogs("ops", "web-1", "gcp", "gcloud.json", "", "")); d != "" {
		t.Error(d)
	}
}
