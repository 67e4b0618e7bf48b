package ops

import (
	"errors"
	"fmt"
	"os"

	"github.com/nanodiag/nanodiag/internal/lazyregexp"
	"golang.org/x/sys/unix"
)

// From linux/kvm.h.
const (
	kvmGetAPIVersion = 0xae00
	kvmCreateVM      = 0xae01
	kvmAPIVersion    = 12 // the only one since Linux 2.6.22
)

var hardwareFlags = lazyregexp.New(`(?m)^flags\s*:.*\b(vmx|svm)\b`)

// tryKVM creates a virtual machine and throws it away: in containers and nested
// hosts the device is often there and does not work. Ops itself looks at the CPU
// flags and passes KVM over where they lack both vmx and svm.
func tryKVM(device string) error {
	if b, err := os.ReadFile("/proc/cpuinfo"); err == nil && !hardwareFlags.Regexp().Match(b) {
		return errors.New("the CPU flags list neither vmx nor svm, so ops does not use KVM")
	}
	f, err := os.OpenFile(device, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	v, err := unix.IoctlRetInt(int(f.Fd()), kvmGetAPIVersion)
	if err != nil || v != kvmAPIVersion {
		return fmt.Errorf("%s is no working KVM device", device)
	}
	vm, err := unix.IoctlRetInt(int(f.Fd()), kvmCreateVM)
	if err != nil {
		return fmt.Errorf("%s creates no virtual machine: %w", device, err)
	}
	return unix.Close(vm)
}
