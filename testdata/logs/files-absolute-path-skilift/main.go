package main

import "fmt"

func main() {
	fmt.Println("lift 1 running")
}
