package elfdeps

import "math/bits"

// NeededISA returns the highest x86-64 level that the program or a library demands by its
// GNU property note, 0 for the baseline to 3 for x86-64-v4, and the path of the object.
// On a CPU below it glibc refuses: "CPU ISA level is lower than required". The compiler's
// -march does not set it, the linker's -z x86-64-v3 does.
func (c *Closure) NeededISA() (level int, object string) {
	consider := func(f *File) {
		if f == nil {
			return
		}
		if l := bits.Len32(f.ISANeeded) - 1; l > level {
			level, object = l, f.Path
		}
	}
	consider(c.Program)
	for _, o := range c.Objects {
		consider(o.File)
	}
	return level, object
}
