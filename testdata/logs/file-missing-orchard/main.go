package main

import "fmt"

func main() {
	fmt.Println("12 rows, 240 trees")
}
