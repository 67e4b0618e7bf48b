package main

import (
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"time"
)

var errLease = errors.New("lease lost: permission denied")

func move(i, try int) (err error) {
	defer func() {
		if r := recover(); r != nil {
			fmt.Fprintf(os.Stderr, "E1201 move.go:31] recovered: %v\n", r)
			err = fmt.Errorf("shard %d: %v", i, r)
		}
	}()
	if i == 2 && try == 0 {
		return errLease
	}
	if i == 4 && try == 0 {
		var m map[string]int
		m["x"] = 1
	}
	return nil
}

func main() {
	debug.SetGCPercent(50)
	for _, p := range []string{"/etc/shardmove.yaml", "/root/.shardmove.yaml"} {
		if _, err := os.ReadFile(p); err != nil {
			fmt.Fprintf(os.Stderr, "W1201 config.go:12] %v\n", err)
		}
	}
	for i := 0; i < 6; i++ {
		for try := 0; ; try++ {
			err := move(i, try)
			if err == nil {
				break
			}
			fmt.Fprintf(os.Stderr, "E1201 move.go:48] attempt %d failed: %v (will retry)\n", try+1, err)
			time.Sleep(20 * time.Millisecond)
		}
	}
	fmt.Println("I1201 move.go:60] 6 shards moved, 0 left")
}
