package main

import "fmt"

func main() {
	fmt.Println("sauna 2: 85 C")
}
