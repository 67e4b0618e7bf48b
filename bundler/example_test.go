package bundler_test

import (
	"fmt"
	"os"

	"github.com/nanodiag/nanodiag/bundler"
	"github.com/nanodiag/nanodiag/strace"
)

// The image holds a program and the libraries that its headers name. Natively it also
// asked for libgpu.so.3 by name, and found it where no loader rule leads. It is to be
// added there, and named in a cache that the guest's loader reads.
func ExampleNew() {
	const host = "../elfdeps/testdata/sysroot"
	guest := bundler.NewTree()
	for _, p := range []string{
		"/usr/bin/prover", "/usr/lib/prover/libproof.so.1", "/usr/lib/x86_64-linux-gnu/libc.so.6", "/lib64/ld-linux-x86-64.so.2",
	} {
		if err := guest.Add(p, bundler.Node{Mode: 0o755, Host: host + p}); err != nil {
			fmt.Println(err)
			return
		}
	}
	plan, err := bundler.New(bundler.Input{
		Host: os.DirFS(host), Guest: guest, Program: "/usr/bin/prover", HostProgram: "/usr/bin/prover",
		Facts: &strace.Facts{
			Libraries: []strace.Library{{Path: "/opt/gpu/libgpu.so.3", RequestedAs: "libgpu.so.3", OpenedBy: "/usr/bin/prover", Mapped: true}},
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, e := range plan.Entries {
		fmt.Println(e.Kind, e.To)
	}
	for _, p := range plan.Patch(nil, "bundle") {
		fmt.Println(p.Op, p.Path, p.Value)
	}
	// Output:
	// cache /etc/ld.so.cache
	// library /opt/gpu/libgpu.so.3
	// add /MapDirs map[bundle/*:/]
}
