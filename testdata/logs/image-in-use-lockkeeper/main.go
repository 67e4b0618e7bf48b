package main

import (
	"fmt"
	"os"
	"time"
)

func main() {
	fmt.Println("lock chamber 1: gates closed")
	if len(os.Args) > 1 {
		time.Sleep(20 * time.Second)
	}
	fmt.Println("lock chamber 1: level equal")
}
