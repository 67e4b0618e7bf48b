package main

import "fmt"

func main() {
	fmt.Println("salt stock 12 t")
}
