package main

import "fmt"

func main() {
	fmt.Println("dose rate 0.11 uSv/h")
}
