package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nanodiag/nanodiag/internal/ops"
	"github.com/nanodiag/nanodiag/internal/report"
)

// otherInput is a program whose second input loads what the first, which is traced,
// does not.
type otherInput struct {
	family  string
	program string
	traced  []string
	other   []string
	env     string // of the other input
	marker  string // what the other input prints where it works
}

var otherInputs = []otherInput{
	{"gconv", "/usr/bin/iconv", []string{"-f", "ISO-8859-15", "-t", "UTF-8", "/etc/passwd"}, []string{"-f", "EUC-KR", "-t", "UTF-8", "/etc/passwd"}, "", "root:x:0:0"},
	{"python", "/usr/bin/python3.11", []string{"-c", "print(1)"}, []string{"-c", "import sqlite3, decimal; print('RES', decimal.Decimal(1) / 4)"}, "", "RES 0.25"},
	{"perl", "/usr/bin/perl", []string{"-e", "print 1"}, []string{"-MPOSIX=floor", "-MJSON::PP", "-e", `print "RES ", floor(9.5), encode_json([1]), "\n"`}, "", "RES 9[1]"},
	{"ruby", "/usr/bin/ruby3.1", []string{"--disable-gems", "-e", "puts 1"}, []string{"--disable-gems", "-rdigest", "-rjson", "-e", "puts 'RES ' + Digest::SHA256.hexdigest('x')[0, 8] + JSON.parse('[42]')[0].to_s"}, "", "RES 2d71164242"},
	{"lua", "/usr/bin/lua5.3", []string{"-e", "print(1)"}, []string{"-e", "local c = require 'cjson'; print('RES', c.decode('[1,41]')[2] + 1)"}, "", "RES\t42"},
	{"openssl", "/usr/bin/openssl", []string{"dgst", "-sha256", "/etc/passwd"}, []string{"dgst", "-provider", "legacy", "-provider", "default", "-md4", "/etc/passwd"}, "", "MD4("},
	{"imagemagick", "/usr/bin/convert-im6.q16", []string{"rose:", "-resize", "2x2!", "txt:-"}, []string{"rose:", "-resize", "2x2!", "xpm:-"}, "", "XPM"},
	{"gstreamer", "/usr/bin/gst-launch-1.0", []string{"videotestsrc", "num-buffers=5", "!", "fakesink"}, []string{"audiotestsrc", "num-buffers=5", "!", "volume", "!", "fakesink"}, "", "Got EOS"},
	{"nss", "/usr/bin/getent", []string{"-s", "files", "passwd", "root"}, []string{"-s", "hosts:myhostname", "hosts", "foo.localhost"}, "", "localhost"},
	{"locale", "/usr/bin/locale", []string{"--version"}, []string{"charmap"}, "LC_ALL=C.UTF-8", "UTF-8"},
	{"zoneinfo", "/bin/date", []string{"-d", "@0"}, []string{"-d", "@0", "+RES %Z"}, "TZ=Europe/Berlin", "RES CET"},
	{"terminfo", "/usr/bin/tput", []string{"-T", "dumb", "cols"}, []string{"-T", "vt100", "longname"}, "", "DEC VT100"},
	{"fontconfig", "/usr/bin/fc-match", []string{"--version"}, []string{"serif"}, "", `"`},
	{"java", "/usr/lib/jvm/java-17-openjdk-amd64/bin/java", []string{"-version"}, []string{"-XX:+UseSerialGC", "--list-modules"}, "", "java.base@17"},
}

// TestFamilyServesOtherInputs: on the real kernel, what was traced with one input works
// with another one when its family is included, and not otherwise.
func TestFamilyServesOtherInputs(t *testing.T) {
	in, err := ops.Find()
	if err != nil {
		t.Skipf("no Ops: %v", err)
	}
	if lack, ok := in.Usable(); !ok {
		t.Skipf("needs Ops and QEMU: %s", lack.Why)
	}
	inputs := otherInputs
	if !*realAll {
		inputs = inputs[:1]
	}
	for _, c := range inputs {
		t.Run(c.family, func(t *testing.T) {
			if _, err := os.Stat(c.program); err != nil {
				t.Skipf("%s is not installed", c.program)
			}
			if out := c.serve(t, in); bytes.Contains(out, []byte(c.marker)) {
				t.Errorf("the other input works without the family: it proves nothing\n%s", out)
			}
			if out := c.serve(t, in, "--include-family", c.family); !bytes.Contains(out, []byte(c.marker)) {
				t.Errorf("the other input does not print %q with the family:\n%s", c.marker, out)
			}
		})
	}
}

// serve bundles what the traced input shows, and boots the other one.
func (c *otherInput) serve(t *testing.T, in ops.Installation, flags ...string) []byte {
	t.Helper()
	dir := t.TempDir()
	config := filepath.Join(dir, "config.json")
	write := func(cfg map[string]any) {
		b, err := json.Marshal(cfg)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(config, b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write(map[string]any{"RunConfig": map[string]string{"Memory": "2G"}})
	args := slices.Concat([]string{"bundle", "--json", "--quiet", "-c", "config.json"}, flags, []string{c.program, "--"}, c.traced)
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env, cmd.Dir = append(os.Environ(), asCommand+"=1"), dir
	out, err := cmd.Output()
	var r report.Report
	if json.Unmarshal(out, &r) != nil || err != nil {
		t.Fatalf("bundle: %v\n%s", err, out)
	}
	if name, value, ok := strings.Cut(c.env, "="); ok {
		b, err := os.ReadFile(config)
		cfg := map[string]any{}
		if err != nil || json.Unmarshal(b, &cfg) != nil {
			t.Fatalf("the bundle's configuration: %v\n%s", err, b)
		}
		cfg["Env"] = map[string]string{name: value}
		write(cfg)
	}
	image := "family-" + c.family
	t.Cleanup(func() { os.Remove(filepath.Join(in.Home, "images", image)) })
	words := []string{"run", c.program, "-c", "config.json", "-i", image}
	for _, a := range c.other {
		words = append(words, "--args="+a)
	}
	run := exec.Command(in.Ops, words...)
	run.Dir = dir
	console, err := run.CombinedOutput()
	if err != nil {
		t.Fatalf("ops run: %v\n%s", err, console)
	}
	return console
}
