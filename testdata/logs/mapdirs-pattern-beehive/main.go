package main

import "fmt"

func main() {
	fmt.Println("hive 2: 34.6 C")
}
