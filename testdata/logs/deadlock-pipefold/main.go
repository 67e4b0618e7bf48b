package main

import (
	"fmt"
	"sync"
)

func stage(in <-chan int, out chan<- int, wg *sync.WaitGroup) {
	defer wg.Done()
	for v := range in {
		out <- v * v
	}
}

func main() {
	src, mid := make(chan int), make(chan int, 4)
	var wg sync.WaitGroup
	for i := 0; i < 3; i++ {
		wg.Add(1)
		go stage(src, mid, &wg)
	}
	fmt.Println("folding 20 blocks with 3 stages")
	for i := 0; i < 20; i++ {
		src <- i
	}
	close(src)
	wg.Wait()
	close(mid)
	s := 0
	for v := range mid {
		s += v
	}
	fmt.Println("digest", s)
}
