package main

import "fmt"

func main() {
	fmt.Println("pager on call: team b")
}
