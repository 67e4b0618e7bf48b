//go:build !linux || !(amd64 || arm64)

package strace

import "context"

// Shim does nothing on platforms without the native tracer.
func Shim() {}

// Trace fails with ErrUnsupported.
func Trace(ctx context.Context, cmd Command, opt Options) (*Result, error) {
	return nil, ErrUnsupported
}
