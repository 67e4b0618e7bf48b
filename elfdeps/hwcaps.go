package elfdeps

import (
	"runtime"

	"golang.org/x/sys/cpu"
)

// HostHWCaps lists the glibc-hwcaps subdirectories that this machine's loader searches,
// best first. It is empty on machines other than x86-64.
func HostHWCaps() []string {
	if runtime.GOARCH != "amd64" {
		return nil
	}
	// The features of each level that differ between real processors; the rest (LZCNT,
	// MOVBE, LAHF, CMPXCHG16B) came with them.
	x := &cpu.X86
	supported := []struct {
		name string
		has  bool
	}{
		{"x86-64-v2", x.HasSSE3 && x.HasSSSE3 && x.HasSSE41 && x.HasSSE42 && x.HasPOPCNT},
		{"x86-64-v3", x.HasAVX && x.HasAVX2 && x.HasBMI1 && x.HasBMI2 && x.HasFMA},
		{"x86-64-v4", x.HasAVX512F && x.HasAVX512BW && x.HasAVX512CD && x.HasAVX512DQ && x.HasAVX512VL},
	}
	var names []string
	for _, l := range supported {
		if !l.has {
			break
		}
		names = append([]string{l.name}, names...)
	}
	return names
}
