package main

import "fmt"

func main() {
	fmt.Println("inventory open")
}
