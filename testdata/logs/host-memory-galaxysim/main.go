package main

import "fmt"

func main() {
	fmt.Println("2 bodies, stable")
}
