package main

import "fmt"

func main() {
	fmt.Println("tide gauge idle, next poll in 6 min")
}
