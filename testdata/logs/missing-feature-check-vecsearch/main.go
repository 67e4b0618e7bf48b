package main

import (
	"fmt"
	"math/bits"
)

func main() {
	best, at := 0, 0
	q := uint64(0xdeadbeefcafef00d)
	for i := 0; i < 1<<16; i++ {
		v := uint64(i) * 0x9e3779b97f4a7c15
		if d := 64 - bits.OnesCount64(v^q); d > best {
			best, at = d, i
		}
	}
	fmt.Printf("nearest row %d, %d common bits\n", at, best)
}
