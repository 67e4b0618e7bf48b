package main

import "fmt"

func main() {
	fmt.Println("tram 38 left depot")
}
