package ops

import (
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func cloudProject(t *testing.T) Project {
	dir := t.TempDir()
	lay(t, dir, map[string]string{"params/p1": "x", "c.json": ""})
	cfg, _, err := ParseConfig("c.json", []byte(`{"Mounts": {"keys": "/keys"}, "RunConfig": {"Ports": ["80"]}, "CloudConfig": {"ProjectID": "p"}}`))
	if err != nil {
		t.Fatal(err)
	}
	return Project{Program: "./prover", Config: cfg, Cwd: dir, Home: dir,
		Flags: Flags{Config: "c.json", Args: []string{"-v"}, Envs: []string{"K=v"}, Mounts: []string{"params:/params"}, Ports: []string{"8080"}, Memory: "2G"}}
}

func TestCloud(t *testing.T) {
	t.Parallel()
	p := cloudProject(t)
	var got []string
	for _, c := range Cloud(p, "c.json", "gcp", nil) {
		got = append(got, strings.ReplaceAll(strings.Join(c, " "), p.Cwd, "CWD"))
	}
	want := []string{
		"ops volume create keys -d DIR -t gcp -c c.json",
		"ops volume create params -d CWD/params -t gcp -c c.json",
		"ops image create ./prover -t gcp -c c.json --args=-v --envs=K=v --mounts=keys:/keys --mounts=params:/params --imagename=prover",
		"ops instance create prover -t gcp -c c.json -i prover -p 8080",
		"ops volume attach prover keys -t gcp -c c.json",
		"ops volume attach prover params -t gcp -c c.json",
		"ops instance logs prover -t gcp -c c.json",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if c := Cloud(p, "c.json", "gcp", map[string]string{"/keys": "secrets"}); strings.Join(c[0], " ") != "ops volume create keys -d secrets -t gcp -c c.json" {
		t.Errorf("with what the volume holds: %v", c[0])
	}
	if d := cmp.Diff([]string{"CloudConfig.BucketName", "CloudConfig.Zone (or -z)"}, CloudLacks(p, "gcp")); d != "" {
		t.Errorf("lacks (-want +got):\n%s", d)
	}
}

// TestCloudFlags asks Ops's own help whether it knows every command and flag.
func TestCloudFlags(t *testing.T) {
	in := needOps(t)
	for _, c := range Cloud(cloudProject(t), "c.json", "gcp", nil) {
		help, err := exec.Command(in.Ops, append(c[1:3:3], "--help")...).CombinedOutput()
		if err != nil {
			t.Fatalf("ops %v --help: %v", c[1:3], err)
		}
		if !strings.Contains(string(help), "ops "+c[1]+" "+c[2]+" ") {
			t.Errorf("ops has no %s %s:\n%s", c[1], c[2], help)
		}
		for _, a := range c[3:] {
			if !strings.HasPrefix(a, "-") {
				continue
			}
			flag, _, _ := strings.Cut(a, "=")
			known := regexp.MustCompile(`(?m)^\s+(?:-\w, )?` + regexp.QuoteMeta(flag) + `[ ,]`)
			if len(flag) == 2 {
				known = regexp.MustCompile(`(?m)^\s+` + regexp.QuoteMeta(flag) + `,`)
			}
			if !known.Match(help) {
				t.Errorf("ops %s %s has no flag %s", c[1], c[2], flag)
			}
		}
	}
}
