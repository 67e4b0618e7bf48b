//go:build linux && amd64

package rehearse

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nanodiag/nanodiag/internal/guestfs"
)

// What a user waits for besides the program: a rehearsal of a program that does
// nothing, in images of different sizes.
func BenchmarkRehearseHello(b *testing.B) {
	needNamespaces(b)
	program := compile(b, "testdata/hello.c", "-static")
	for _, c := range []struct {
		name  string
		files int
		size  int
	}{
		{"empty image", 0, 0},
		{"500 libraries", 500, 200 << 10},
		{"2000 small files", 2000, 8 << 10},
	} {
		b.Run(c.name, func(b *testing.B) {
			view := hostView(b, program)
			dir := b.TempDir()
			content := bytes.Repeat([]byte{1}, c.size)
			for i := range c.files {
				name := filepath.Join(dir, fmt.Sprintf("f%d", i))
				if err := os.WriteFile(name, content, 0o644); err != nil {
					b.Fatal(err)
				}
				if err := view.Add(fmt.Sprintf("/usr/lib/d%d/f%d", i%20, i), guestfs.Node{Mode: 0o644, Host: name}); err != nil {
					b.Fatal(err)
				}
			}
			spec := Spec{View: view, Program: program}
			for _, w := range []way{{user: true, pids: true}, rewritten} {
				b.Run(fmt.Sprintf("rewrite=%v", w.rewrite), func(b *testing.B) {
					least := time.Hour // what it takes when nobody else wants the processor
					for b.Loop() {
						begin := time.Now()
						p, err := newPlan(&spec)
						if err != nil {
							b.Fatal(err)
						}
						if _, err := w.run(context.Background(), &spec, p); err != nil {
							b.Fatal(err)
						}
						least = min(least, time.Since(begin))
					}
					b.ReportMetric(float64(least)/1e6, "ms-least")
				})
			}
		})
	}
}

// What a prover costs in a rehearsal: the processor time of the program itself, as a
// multiple of the native run's, medians of interleaved runs.
func BenchmarkProverLikeWork(b *testing.B) {
	needNamespaces(b)
	program := compile(b, "testdata/work.c", "-static", "-O2")
	spec := Spec{View: hostView(b, program), Program: program, CPUs: runtime.NumCPU()}
	times := map[string][]float64{}
	add := func(name, printed string) {
		us, err := strconv.ParseFloat(strings.TrimSpace(printed), 64)
		if err != nil {
			b.Fatal(err)
		}
		times[name] = append(times[name], us)
	}
	for b.Loop() {
		out, err := exec.Command(program).Output()
		if err != nil {
			b.Fatal(err)
		}
		add("native", string(out))
		_, printed := runIn(b, way{user: true, pids: true}, spec)
		add("namespaces", printed)
		_, printed = runIn(b, rewritten, spec)
		add("rewritten", printed)
	}
	for _, t := range times {
		slices.Sort(t)
	}
	median := func(name string) float64 { return times[name][len(times[name])/2] }
	b.ReportMetric(median("native")/1e3, "ms-native")
	b.ReportMetric(median("namespaces")/median("native"), "x-native")
	b.ReportMetric(median("rewritten")/median("native"), "x-native-rewritten")
}

// The least that any rehearsal costs on this machine: starting this very program.
func BenchmarkStartSelf(b *testing.B) {
	for b.Loop() {
		cmd := exec.Command("/proc/self/exe", "-test.run=^$")
		if err := cmd.Run(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAvailable(b *testing.B) {
	needNamespaces(b)
	for b.Loop() {
		if ok, reason := Available(); !ok {
			b.Fatal(reason)
		}
	}
}
