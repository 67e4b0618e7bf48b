//go:build race

package main

// raced is true under the race detector, which takes memory of its own.
const raced = true
