package strace_test

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/nanodiag/nanodiag/strace"
)

// recorded is what strace -f -e trace=file,process,mmap -o FILE wrote of a program
// that loads a library by name and reads a file.
const recorded = `812 execve("/srv/prover", ["/srv/prover"], 0x7ffd2 /* 12 vars */) = 0
812 openat(AT_FDCWD, "/lib/x86_64-linux-gnu/libgpu.so.3", O_RDONLY|O_CLOEXEC) = -1 ENOENT (No such file or directory)
812 openat(AT_FDCWD, "/usr/lib/x86_64-linux-gnu/libgpu.so.3", O_RDONLY|O_CLOEXEC) = 3
812 mmap(0x7f2c4, 5312, PROT_READ|PROT_EXEC, MAP_PRIVATE|MAP_FIXED|MAP_DENYWRITE, 3, 0x1000) = 0x7f2c4
812 openat(AT_FDCWD, "/params/proving.key", O_RDONLY) = 3
812 exit_group(0) = ?
812 +++ exited with 0 +++
`

// A log of strace(1) becomes events, and these become what the run needs of its
// machine.
func ExampleReadLog() {
	facts := strace.NewCollector()
	err := strace.ReadLog(strings.NewReader(recorded), func(e *strace.Event) error {
		facts.Add(e)
		return nil
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	f := facts.Facts()
	for _, l := range f.Libraries {
		fmt.Println("library", l.Path)
	}
	for _, u := range f.Files {
		fmt.Println("file   ", u.Path)
	}
	for _, p := range f.NotFound {
		fmt.Println("absent ", p.Path)
	}
	// Output:
	// library /usr/lib/x86_64-linux-gnu/libgpu.so.3
	// file    /srv/prover
	// file    /params/proving.key
	// absent  /lib/x86_64-linux-gnu/libgpu.so.3
}

// Events of any source can be written as strace(1) would have written them.
func ExampleLogWriter() {
	w := strace.NewLogWriter(os.Stdout)
	err := strace.ReadLog(strings.NewReader(recorded), func(e *strace.Event) error {
		if e.Failed() {
			return w.Write(e)
		}
		return nil
	})
	if err == nil {
		err = w.Flush()
	}
	if err != nil {
		fmt.Println(err)
	}
	// Output:
	// 812   openat(AT_FDCWD, "/lib/x86_64-linux-gnu/libgpu.so.3", O_RDONLY|O_CLOEXEC) = -1 ENOENT (No such file or directory)
}

// The native tracer runs the caller's own executable again as the process that becomes
// the program, so main calls Shim before anything else.
func ExampleTrace() {
	strace.Shim()
	facts := strace.NewCollector()
	result, err := strace.Trace(context.Background(),
		strace.Command{Path: "/usr/bin/perl", Args: []string{"perl", "-MPOSIX", "-e", "1"}, Env: os.Environ(), Stderr: os.Stderr},
		strace.Options{Handle: facts.Add})
	if err != nil {
		fmt.Println(err) // errors.Is(err, strace.ErrPtraceDenied) where tracing is not permitted
		return
	}
	fmt.Println("status", result.Exit.Code)
	for _, l := range facts.Facts().Libraries {
		fmt.Println(l.Path)
	}
}
