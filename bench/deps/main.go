// Command deps measures `nanodiag deps` beside ldd, lddtree and libtree: one program with
// many libraries, and all programs of /usr/bin in one process. The runs of the tools take
// turns, so that what else the machine does falls on all of them; each figure is a median.
//
//	go run ./bench/deps                      builds nanodiag, measures, prints Markdown
//	go run ./bench/deps -program /usr/bin/inkscape -rounds 21
//
// A tool that is not installed is left out with a message. CPU time is that of the tool
// and of everything it started.
package main

import (
	"debug/elf"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"time"
)

func main() {
	program := flag.String("program", "/usr/bin/ffmpeg", "a `FILE` with many libraries")
	dir := flag.String("dir", "/usr/bin", "the `DIR` whose programs are examined in one process")
	binary := flag.String("nanodiag", "", "this nanodiag `FILE`; built from source by default")
	rounds := flag.Int("rounds", 15, "runs of each tool on the one program")
	dirRounds := flag.Int("dir-rounds", 3, "runs of each tool on the directory")
	flag.Parse()
	if err := bench(*binary, *program, *dir, *rounds, *dirRounds); err != nil {
		fmt.Fprintln(os.Stderr, "bench/deps:", err)
		os.Exit(1)
	}
}

func bench(binary, program, dir string, rounds, dirRounds int) error {
	if binary == "" {
		tmp, err := os.MkdirTemp("", "bench-deps-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(tmp)
		binary = filepath.Join(tmp, "nanodiag")
		build := exec.Command("go", "build", "-o", binary, "github.com/nanodiag/nanodiag/cmd/nanodiag")
		build.Env = append(os.Environ(), "CGO_ENABLED=0") // as a release is built
		build.Stderr = os.Stderr
		if err := build.Run(); err != nil {
			return fmt.Errorf("build nanodiag: %w", err)
		}
	}
	if isELF(program) {
		fmt.Printf("\n%s, %d runs each\n\n", program, rounds)
		compare(tools(binary), []string{program}, rounds)
	} else {
		fmt.Printf("left out: %s is not there; give another program with -program\n", program)
	}
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		return err
	}
	names = slices.DeleteFunc(names, func(p string) bool { return !isELF(p) })
	fmt.Printf("\nall %d ELF files of %s in one process, %d runs each\n\n", len(names), dir, dirRounds)
	compare(tools(binary), names, dirRounds)
	return nil
}

// isELF opens regular files only: a FIFO would block.
func isELF(p string) bool {
	if info, err := os.Stat(p); err != nil || !info.Mode().IsRegular() {
		return false
	}
	f, err := elf.Open(p)
	if err != nil {
		return false
	}
	f.Close()
	return true
}

// tool is one command line, to which the files are added.
type tool struct {
	name string
	argv []string
}

func tools(nanodiag string) []tool {
	all := []tool{
		{"nanodiag deps", []string{nanodiag, "deps"}},
		{"nanodiag version", []string{nanodiag, "version"}}, // what starting it costs
		{"ldd", []string{"ldd"}},
		{"lddtree", []string{"lddtree"}},
		{"libtree", []string{"libtree"}}, // leaves out the usual libraries and what was printed before
		{"libtree -vvv", []string{"libtree", "-vvv"}},
	}
	return slices.DeleteFunc(all, func(t tool) bool {
		if _, err := exec.LookPath(t.argv[0]); err != nil {
			fmt.Printf("left out: %s is not installed\n", t.name)
			return true
		}
		if out, _ := command(t, []string{"/bin/ls"}).Output(); len(out) == 0 {
			fmt.Printf("left out: %s does not work here\n", t.name) // lddtree with another Python than the system's
			return true
		}
		return false
	})
}

// command finds the system's tools first: lddtree needs the system's python3.
func command(t tool, files []string) *exec.Cmd {
	argv := slices.Clone(t.argv)
	if argv[len(argv)-1] != "version" {
		argv = append(argv, files...)
	}
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Env = append(os.Environ(), "LC_ALL=C", "PATH=/usr/bin:/bin:"+os.Getenv("PATH"))
	return cmd
}

// cost is what one run took.
type cost struct {
	cpu, wall time.Duration
	rss       int64 // KiB, of the biggest process
}

// compare runs the tools in turn and prints a row for each.
func compare(tools []tool, files []string, rounds int) {
	costs := make([][]cost, len(tools))
	for range rounds {
		for i, t := range tools {
			costs[i] = append(costs[i], run(command(t, files)))
		}
	}
	fmt.Println("| tool | CPU ms, median | least | wall ms, median | peak memory MiB | CPU, times nanodiag's |")
	fmt.Println("|---|---:|---:|---:|---:|---:|")
	base := medianOf(costs[0], func(c cost) float64 { return ms(c.cpu) })
	for i, t := range tools {
		cpu := medianOf(costs[i], func(c cost) float64 { return ms(c.cpu) })
		least := slices.MinFunc(costs[i], func(a, b cost) int { return int(a.cpu - b.cpu) }).cpu
		fmt.Printf("| %s | %.1f | %.1f | %.1f | %.1f | %.2f |\n", t.name, cpu, ms(least),
			medianOf(costs[i], func(c cost) float64 { return ms(c.wall) }),
			medianOf(costs[i], func(c cost) float64 { return float64(c.rss) / 1024 }), cpu/base)
	}
}

// run ignores the exit status: all of them say by it that a library is missing.
func run(cmd *exec.Cmd) cost {
	out, err := cmd.StdoutPipe()
	if err != nil {
		return cost{}
	}
	start := time.Now()
	if err := cmd.Start(); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", cmd.Path, err)
		return cost{}
	}
	_, _ = io.Copy(io.Discard, out) // a pipe, as a user's script reads it
	_ = cmd.Wait()
	state := cmd.ProcessState
	c := cost{cpu: state.UserTime() + state.SystemTime(), wall: time.Since(start)}
	if usage, ok := state.SysUsage().(*syscall.Rusage); ok {
		c.rss = usage.Maxrss
	}
	return c
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func medianOf(costs []cost, of func(cost) float64) float64 {
	values := make([]float64, len(costs))
	for i, c := range costs {
		values[i] = of(c)
	}
	slices.Sort(values)
	return values[len(values)/2]
}
