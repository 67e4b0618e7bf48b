package main

import "fmt"

func main() {
	fmt.Println("room 4, audio guide ready")
}
