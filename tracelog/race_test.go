//go:build race

package tracelog

// raced is true under the race detector, which makes everything ten times slower.
const raced = true
