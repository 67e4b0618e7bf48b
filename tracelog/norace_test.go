//go:build !race

package tracelog

const raced = false
