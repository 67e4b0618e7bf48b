//go:build linux && amd64

package rehearse

import (
	"context"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nanodiag/nanodiag/internal/nanos"
)

// memoryGuard ends a program that outgrows the guest's memory as Nanos does: with
// SIGBUS, for the page that could not be filled. It looks at the program's own pages
// a hundred times a second, so a program may overshoot; those that map files are not
// counted, since the guest can drop them. One that survives the signal is killed.
type memoryGuard struct {
	root  *root
	limit int64 // bytes of guest memory; 0 for no limit
	pid   atomic.Int64
	hit   atomic.Bool
}

const (
	guardEvery = 10 * time.Millisecond

	// guardGrace is how long a handler of SIGBUS may take to say what it says.
	guardGrace = time.Second

	// threadCost is what the kernel holds for each thread (bytes): guests of 128 and
	// 512 MB end at some 810 and 6000 threads that do nothing.
	threadCost = 60 << 10
)

func (g *memoryGuard) watch(ctx context.Context) {
	if g.limit <= 0 {
		return
	}
	var struck time.Time
	tick := time.NewTicker(guardEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		pid := int(g.pid.Load())
		if pid == 0 {
			continue
		}
		pages, threads, err := g.root.usage(pid)
		switch over := err == nil && pages+threads*threadCost > nanos.RoomFor(g.limit); {
		case !over:
			struck = time.Time{}
		case struck.IsZero():
			struck = time.Now()
			g.strike(pid)
		case time.Since(struck) > guardGrace:
			_ = unix.Kill(pid, unix.SIGKILL) // it ignores SIGBUS, which Nanos does not allow
		}
	}
}

// leastRoom is what any program needs for its stack and data (bytes).
const leastRoom = 1 << 20

// start takes the program's process, and ends it at once where the guest has no room
// even for its first pages: a short program could finish before anybody looks.
func (g *memoryGuard) start(pid int) {
	g.pid.Store(int64(pid))
	if g.limit > 0 && nanos.RoomFor(g.limit) < leastRoom {
		g.strike(pid)
	}
}

func (g *memoryGuard) strike(pid int) {
	g.hit.Store(true)
	_ = unix.Kill(pid, unix.SIGBUS)
}
