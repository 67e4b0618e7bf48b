// Package bundler decides what an image lacks: it compares what a program used on
// this machine with what will be in the guest, and plans the difference.
//
// In go the facts of a native run (package strace), the host's files, and the guest
// tree that Ops would build. Out comes a [Plan]: every file, link and directory to
// add, each with the reason, such that the guest's own loader finds every library
// that the native one found. The plan can be laid over the guest tree, written to a
// directory, and put into an Ops config.
//
// # Placement
//
// The guest's loader has no ld.so.cache and its own built-in directories, so a
// library is of use only where the guest's loader looks:
//
//  1. A library asked for by path, found through RPATH, RUNPATH or LD_LIBRARY_PATH, or
//     using $ORIGIN itself, keeps its path.
//  2. Every other library goes into lib64/ under the name asked for, and is named
//     in a generated /etc/ld.so.cache. LD_LIBRARY_PATH does it where the loader has
//     no cache (musl).
//  3. Data files, directories and links keep their paths; what was asked for
//     relative to the working directory lies relative to the guest's.
//
// One file of the host is one regular file in the image, its other names are
// relative symlinks: a library that has two copies is loaded twice. Chains of
// symlinks are kept, because programs read them.
//
// Whether that works is not assumed: the loader model runs over the planned tree
// until nothing is missing, and what it still does not find is in Plan.Unresolved.
package bundler
