package report

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// In a real browser the page's script runs without an error: it opens with the graph,
// and a search in the address finds a library among four hundred, and its neighbours.
func TestHTMLInBrowser(t *testing.T) {
	browser := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			browser = p
			break
		}
	}
	if browser == "" || testing.Short() {
		t.Skip("needs chromium, and takes seconds")
	}
	t.Parallel()
	d := &Document{Report: sample()}
	d.Context.Attach = attached(400)
	file := filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(file, []byte(writePage(t, d)), 0o666); err != nil {
		t.Fatal(err)
	}
	profile, err := os.MkdirTemp("", "profile") // its processes may write there when the test is over
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(profile)
	limited, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(limited, browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--enable-logging=stderr",
		"--user-data-dir="+profile, "--virtual-time-budget=2000", "--dump-dom", "file://"+file+"#libgomp")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	dom, err := cmd.Output()
	if err != nil {
		t.Skipf("the browser does not run here: %v", err)
	}
	if console := regexp.MustCompile(`.*CONSOLE.*`).FindString(stderr.String()); console != "" {
		t.Errorf("the page's script complains: %s", console)
	}
	page := string(dom)
	if n := strings.Count(page, `class="missing hit`); n != 1 {
		t.Errorf("the search marks %d libraries that are missing, want libgomp.so.1", n)
	}
	for what, want := range map[string]string{
		"the graph is not dimmed around the library":    `<svg id="graph"[^>]*class="focus"`,
		"the program is not marked as neighbour":        `<g class="program near"`,
		"the view did not move from where the page has": `<svg id="graph"[^>]*viewBox="-?[0-9.]+ -[0-9.]+ `,
	} {
		if !regexp.MustCompile(want).MatchString(page) {
			t.Error(what)
		}
	}
}
