package main

import "fmt"

func main() {
	fmt.Println("silo 3 at 61 percent")
}
