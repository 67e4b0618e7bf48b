// Command goserver serves its root directory by HTTP on port 8125.
package main

import (
	"fmt"
	"net/http"
	"os"
)

func main() {
	if err := http.ListenAndServe(":8125", http.FileServer(http.Dir("/"))); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
