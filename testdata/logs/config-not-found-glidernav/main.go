package main

import "fmt"

func main() {
	fmt.Println("glide ratio 41")
}
