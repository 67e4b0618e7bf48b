package main

import "fmt"

func main() {
	fmt.Println("11 of 12 turbines online")
}
