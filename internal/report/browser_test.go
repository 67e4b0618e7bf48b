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
	browser := findBrowser(t)
	t.Parallel()
	d := &Document{Report: sample()}
	d.Context.Attach = func() Attachments {
		a := attached(400)()
		a.Timelines = timelines(t)
		return a
	}
	file := filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(file, []byte(writePage(t, d)), 0o666); err != nil {
		t.Fatal(err)
	}
	page := domOf(t, browser, file+"#libgomp")
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

// An address that names a place on the page, here a row of the timeline, is no search.
func TestHTMLPlaceInBrowser(t *testing.T) {
	browser := findBrowser(t)
	t.Parallel()
	d := &Document{Report: sample()}
	d.Context.Attach = func() Attachments {
		a := attached(40)()
		a.Timelines = timelines(t)
		return a
	}
	// What the browser made of the page, as it was laid out.
	const probe = `<script>addEventListener("load", function () {
		var row = document.getElementById("first-0"), cells = row.querySelectorAll(".cell"), a = cells[0].getBoundingClientRect(), b = cells[1].getBoundingClientRect();
		var link = cells[1].querySelector("a"), to = document.querySelector(link.getAttribute("href")), all = document.querySelectorAll(".run");
		link.focus();
		document.body.dataset.probe = [a.top === b.top && a.right <= b.left && a.width > 100, document.activeElement === link, to.textContent.indexOf("line 9") >= 0,
			all.length === 2 && all[0].open && !all[1].open, all[1].querySelector("summary").tabIndex === 0, document.documentElement.scrollWidth <= innerWidth].join();
	});</script>`
	file := filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(file, []byte(writePage(t, d)+probe), 0o666); err != nil {
		t.Fatal(err)
	}
	page := domOf(t, browser, file+"#first-0")
	if n := strings.Count(page, `class="missing hit`); n != 0 {
		t.Error("a place on the page is searched among the libraries")
	}
	if !strings.Contains(page, `data-probe="true,true,true,true,true,true"`) {
		t.Errorf("lanes side by side, link takes focus, leads to the console line, first run open, second by key, no wider than the window: %s",
			regexp.MustCompile(`data-probe="[^"]*"`).FindString(page))
	}
}

func findBrowser(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(name); err == nil && !testing.Short() {
			return p
		}
	}
	t.Skip("needs chromium, and takes seconds")
	return ""
}

// domOf is a page as the browser has it after its script ran without a complaint.
func domOf(t *testing.T, browser, address string) string {
	t.Helper()
	profile, err := os.MkdirTemp("", "profile") // its processes may write there when the test is over
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(profile)
	limited, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(limited, browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--enable-logging=stderr",
		"--user-data-dir="+profile, "--virtual-time-budget=2000", "--dump-dom", "file://"+address)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	dom, err := cmd.Output()
	if err != nil {
		t.Skipf("the browser does not run here: %v", err)
	}
	if console := regexp.MustCompile(`.*CONSOLE.*`).FindString(stderr.String()); console != "" {
		t.Errorf("the page's script complains: %s", console)
	}
	return string(dom)
}
