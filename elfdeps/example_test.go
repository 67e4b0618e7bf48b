package elfdeps_test

import (
	"fmt"
	"os"

	"github.com/nanodiag/nanodiag/elfdeps"
)

// What would the loader do with a program in a root file system that is not this
// machine's? Nothing is run, and nothing outside of the directory is read.
func Example() {
	loader := elfdeps.NewLoader(os.DirFS("testdata/sysroot"), elfdeps.Config{})
	closure, err := loader.Closure("/usr/bin/prover")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, o := range closure.Objects {
		fmt.Printf("%s => %s [%s]\n", o.Soname, o.Real, o.FoundBy)
	}
	for _, m := range closure.Missing {
		fmt.Printf("%s => not found, tried %d places for %s\n", m.Soname, len(m.Tried), m.NeededBy[0])
	}
	// Output:
	// libproof.so.1 => /usr/lib/prover/libproof.so.1 [runpath]
	// libc.so.6 => /usr/lib/x86_64-linux-gnu/libc.so.6 [default]
	// ld-linux-x86-64.so.2 => /lib64/ld-linux-x86-64.so.2 [loaded]
	// libfield.so.2 => not found, tried 4 places for /usr/bin/../lib/prover/libproof.so.1
}

// dlopen searches as the object that calls it does: no rule leads to a directory that
// only the environment names.
func ExampleLoader_Dlopen() {
	for _, libraryPath := range []string{"", "/opt/gpu"} {
		loader := elfdeps.NewLoader(os.DirFS("testdata/sysroot"), elfdeps.Config{LibraryPath: libraryPath})
		closure, err := loader.Closure("/usr/bin/prover")
		if err != nil {
			fmt.Println(err)
			return
		}
		added, err := loader.Dlopen(closure, "/usr/bin/prover", "libgpu.so.3")
		switch {
		case err != nil:
			fmt.Println(err)
		case len(added.Missing) > 0:
			fmt.Println("not found, tried", added.Missing[0].Tried[0], "first")
		default:
			fmt.Println(added.Objects[0].Path, "by", added.Objects[0].FoundBy)
		}
	}
	// Output:
	// not found, tried /usr/bin/../lib/prover/libgpu.so.3 first
	// /opt/gpu/libgpu.so.3 by ld_library_path
}

// An ld.so.cache of one's own names a library in a directory that the loader does not
// search by itself; ldconfig -p -C FILE prints it.
func ExampleEncodeCache() {
	library, err := os.Open("testdata/sysroot/opt/gpu/libgpu.so.3")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer library.Close()
	file, err := elfdeps.Parse(library)
	if err != nil {
		fmt.Println(err)
		return
	}
	cache, err := elfdeps.EncodeCache([]elfdeps.CacheEntry{
		{Soname: file.Soname, Path: "/lib64/libgpu.so.3", Flags: elfdeps.CacheFlags(file)},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	entries, err := elfdeps.ReadCache(cache)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, e := range entries {
		fmt.Println(e.Soname, "=>", e.Path)
	}
	// Output:
	// libgpu.so.3 => /lib64/libgpu.so.3
}
