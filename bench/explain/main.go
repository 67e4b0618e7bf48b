// Command explain measures nanodiag explain on large logs and on many, side by side
// with grep -c and wc -l over the same files. It makes its inputs itself and removes
// them.
//
//	go run ./bench/explain                   # 340 MB, 1 GB, 10,000 logs of 50 KB
//	go run ./bench/explain -sizes 340,10000  # in MB; needs as much disk
//
// Runs are interleaved and medians printed, so that other load on the machine falls on
// all alike. Ratios are of CPU time: wall time says how busy the machine was. A peak is
// at least that of this program, some 10 MB, which the kernel counts in.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func main() {
	log.SetFlags(0)
	sizes := flag.String("sizes", "340,1000", "sizes of the large logs in `MB`")
	logs := flag.Int("logs", 10000, "how many small logs")
	runs := flag.Int("runs", 5, "runs of each command")
	dir := flag.String("dir", os.TempDir(), "where the inputs are made")
	flag.Parse()
	if err := bench(*sizes, *logs, *runs, *dir); err != nil {
		log.Fatal("bench/explain: ", err)
	}
}

func bench(sizes string, logs, runs int, parent string) error {
	dir, err := os.MkdirTemp(parent, "bench-explain-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	tool := filepath.Join(dir, "nanodiag")
	if out, err := exec.Command("go", "build", "-o", tool, "./cmd/nanodiag").CombinedOutput(); err != nil {
		return fmt.Errorf("build nanodiag (call this from the top of the tree): %w: %s", err, out)
	}
	fmt.Println("| input | command | wall s | CPU s | CPU, grep -c = 1 | MB/s of CPU | peak MB |")
	fmt.Println("|---|---|---|---|---|---|---|")
	for _, size := range strings.Split(sizes, ",") {
		mb, err := strconv.ParseInt(size, 10, 64)
		if err != nil {
			return err
		}
		for _, kind := range []string{"trace", "old trace", "output"} {
			name := filepath.Join(dir, strings.ReplaceAll(kind, " ", "-")+".log")
			if err := makeLog(name, kind, mb*1e6); err != nil {
				return err
			}
			measure(fmt.Sprintf("%s %d MB", kind, mb), float64(mb), runs, [][]string{
				{"grep", "-c", "ENOENT", name}, {"wc", "-l", name}, {tool, "explain", name},
			})
			os.Remove(name)
		}
	}
	if logs == 0 {
		return nil
	}
	const each = 50_000
	many := filepath.Join(dir, "many")
	if err := os.Mkdir(many, 0o777); err != nil {
		return err
	}
	var names []string
	for i := range logs {
		name := filepath.Join(many, fmt.Sprintf("i-%05d.log", i))
		if err := makeLog(name, "trace", each); err != nil {
			return err
		}
		names = append(names, name)
	}
	measure(fmt.Sprintf("%d logs of %d KB", logs, each/1000), float64(logs)*each/1e6, runs, [][]string{
		append([]string{"grep", "-c", "ENOENT"}, names...), append([]string{"wc", "-l"}, names...), append([]string{tool, "explain"}, names...),
	})
	return nil
}

// makeLog writes a log of n bytes at least: the start of a program, then a server's
// calls or a prover's output over and over, then a library that is missing.
func makeLog(name, kind string, n int64) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	defer f.Close()
	const message = "./prover: error while loading shared libraries: libgomp.so.1: cannot open shared object file: No such file or directory\n"
	const missing = "\"/lib/x86_64-linux-gnu/libgomp.so.1\""
	start, end := "[0.981997] en1: assigned 10.0.2.15\n", message
	switch kind {
	case "trace":
		end = "[2] openat(-100, " + missing + ", 0x80000, 0x0) = -ENOENT\n" + message + "[2] exit_group( <unfinished ...>\n"
	case "old trace": // up to Nanos 0.1.50
		start = "en1: assigned 10.0.2.15\n"
		end = "    2 openat\n    2 " + missing + " - not found\n    2 direct return: -2, rsp 0xfff8bc80\n" + message + "    2 exit_group\n"
	}
	if _, err := io.WriteString(f, start); err != nil {
		return err
	}
	block := middle(kind, int(min(n, 1<<20)))
	for ; n > 0; n -= int64(len(block)) {
		if _, err := f.Write(block); err != nil {
			return err
		}
	}
	_, err = io.WriteString(f, end)
	return err
}

func middle(kind string, n int) []byte {
	var b bytes.Buffer
	for i := 0; b.Len() < n; i++ {
		switch {
		case kind == "output":
			fmt.Fprintf(&b, "2026-11-22 07:10:54 INFO prover::stage[%d]: layer %d of 11 done in 183.%d ms\n", i%7, i%11, i%1000)
		case kind == "old trace":
			oldCall(&b, i)
		case i%10 < 4:
			fmt.Fprintf(&b, "[%d] clock_gettime(1, 0x%016x) = 0\n[%d] futex(0x%016x, FUTEX_WAKE_PRIVATE, 1) = %d\n", 2+i%6, i*7919, 2+i%6, i*104729, i%2)
		case i%10 < 8:
			fmt.Fprintf(&b, "    2 sleep uninterruptible\n[2] read(3, 0x%016x, 832 <unfinished ...>\n"+
				"    2 thread_wakeup: 2->2 blocked_on uninterruptible, RIP=0xd85fb29eb74\n[2] <... read resumed>) = %d\n", i*31, i%833)
		case i%10 < 9:
			fmt.Fprintf(&b, "[2] openat(-100, \"/srv/www/%d/index.html\", 0x80000, 0x0) = -ENOENT\n", i)
		default:
			fmt.Fprintf(&b, "[2] openat(-100, \"/srv/www/%d.html\", 0x80000, 0x0) = 3\n"+
				"[2] newfstatat(3, \"\", [{st_ino=0xffffbcc000000680, st_mode=0x81ff, st_size=1926232}], 4096) = 0\n[2] close(3) = 0\n", i)
		}
	}
	return b.Bytes()
}

// oldCall writes the lines of one call as Nanos up to 0.1.50 traced it, in the same mix.
func oldCall(b *bytes.Buffer, i int) {
	t := 2 + i%6
	indent := strings.Repeat(" ", 4*(t-1))
	switch {
	case i%10 < 4:
		fmt.Fprintf(b, "%[1]s%[2]d futex\n%[1]s%[2]d futex_wake [%[2]d 0x%016[3]x 0] 1\n%[1]s%[2]d direct return: %[4]d, rsp 0xba491bde38\n", indent, t, i*104729, i%2)
	case i%10 < 8:
		fmt.Fprintf(b, "    2 read\n    2 file_read: f 0xffffc000000974b0, dest 0x%016x, offset 0 (file), length 832, file length 1926232\n"+
			"    2 sleep uninterruptible\n    2 file_read_complete: status (none)\n    2    read count %d\n    2 thread_wakeup: 2->2 blocked_on uninterruptible, RIP=0xd85fb29eb74\n", i*31, i%833)
	case i%10 < 9:
		fmt.Fprintf(b, "    2 openat\n    2 \"/srv/www/%d/index.html\" - not found\n    2 direct return: -2, rsp 0xfff8bc80\n", i)
	default:
		b.WriteString("    2 openat\n    2    fd 3, length 1926232, offset 0\n    2 direct return: 3, rsp 0xfff8bc80\n    2 close\n    2 close: fd 3\n    2 direct return: 0, rsp 0xfff8bc80\n")
	}
}

// cost is what one run took.
type cost struct {
	wall, cpu float64 // seconds
	rss       int64   // bytes
}

// measure runs the commands in turn and prints the medians; the first is the measure.
func measure(what string, mb float64, runs int, commands [][]string) {
	costs := make([][]cost, len(commands))
	for range runs {
		for i, argv := range commands {
			c := exec.Command(argv[0], argv[1:]...)
			c.Stdout = new(bytes.Buffer) // grep does not read on when nobody reads its answer
			began := time.Now()
			_ = c.Run() // grep and nanodiag say with their status what they found
			s := c.ProcessState
			costs[i] = append(costs[i], cost{time.Since(began).Seconds(), (s.UserTime() + s.SystemTime()).Seconds(), s.SysUsage().(*syscall.Rusage).Maxrss << 10})
		}
	}
	base := median(costs[0], func(c cost) float64 { return c.cpu })
	for i, argv := range commands {
		cpu := median(costs[i], func(c cost) float64 { return c.cpu })
		fmt.Printf("| %s | %s %s | %.2f | %.2f | %.1f | %.0f | %.0f |\n", what, filepath.Base(argv[0]), argv[1],
			median(costs[i], func(c cost) float64 { return c.wall }), cpu, cpu/base, mb/cpu, median(costs[i], func(c cost) float64 { return float64(c.rss) / 1e6 }))
	}
}

func median(cs []cost, of func(cost) float64) float64 {
	var v []float64
	for _, c := range cs {
		v = append(v, of(c))
	}
	slices.Sort(v)
	return v[len(v)/2]
}
