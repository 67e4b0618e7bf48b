package tracelog_test

import (
	"fmt"
	"strings"

	"github.com/nanodiag/nanodiag/tracelog"
)

// console is what ops run --trace printed of a guest of Nanos 0.1.51 or later.
const console = `booting /root/.ops/images/prover ...
[0.401544] en1: assigned 10.0.2.15
[2] openat(-100, "/usr/lib/libgpu.so.3", 0x80000, 0x0) = -ENOENT
[2] openat(-100, "/params/proving.key", 0x0, 0x0) = 3
cannot load libgpu.so.3
[2] exit_group( <unfinished ...>
`

// The program's output, the kernel's messages and the calls come apart.
func ExampleRead() {
	log, err := tracelog.Read(strings.NewReader(console))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, l := range log.Console {
		fmt.Printf("line %d, the program: %s\n", l.N, l.Text)
	}
	for _, l := range log.Kernel {
		fmt.Printf("line %d, the kernel:  %s\n", l.N, l.Text)
	}
	for _, e := range log.Events {
		if e.Failed() {
			fmt.Printf("line %d, failed:      %s %s\n", e.Line, e.Name, e.Path)
		}
	}
	fmt.Println("ended by", log.End)
	// Output:
	// line 5, the program: cannot load libgpu.so.3
	// line 2, the kernel:  en1: assigned 10.0.2.15
	// line 3, failed:      openat /usr/lib/libgpu.so.3
	// ended by exit
}

// Scan cuts a stream of any size into items, and decodes nothing that it is not asked
// for.
func ExampleScan() {
	lines := map[tracelog.ItemKind]int{}
	err := tracelog.Scan(strings.NewReader(console), func(i tracelog.Item) error {
		lines[i.Kind]++
		return nil
	})
	if err != nil {
		fmt.Println(err)
	}
	fmt.Println(lines[tracelog.ItemCall], "trace lines,", lines[tracelog.ItemOutput], "line of output")
	// Output:
	// 3 trace lines, 1 line of output
}
