//go:build linux && amd64

package strace

import (
	"os"
	"testing"
)

func TestMain(m *testing.M) {
	Shim()
	os.Exit(m.Run())
}
