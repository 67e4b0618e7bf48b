package main

import "fmt"

func main() {
	fmt.Println("kiln 4: 1180 C")
}
