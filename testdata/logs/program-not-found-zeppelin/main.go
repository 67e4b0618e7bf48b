package main

import "fmt"

func main() {
	fmt.Println("altitude 300 m")
}
