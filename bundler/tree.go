package bundler

import "github.com/nanodiag/nanodiag/internal/guestfs"

// Tree is what will be in an image: which path comes from which file of the host.
type Tree = guestfs.Tree

// Node is one path of a Tree.
type Node = guestfs.Node

// NewTree returns a tree that holds only its root directory, for Input.Guest.
func NewTree() *Tree { return guestfs.New() }
