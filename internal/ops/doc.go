// Package ops knows Ops, the tool that builds and boots Nanos images: what its
// config.json may say, what the flags of `ops run` do to it, which files end up in
// the image, and how to run it so that nothing of the guest's end is lost.
//
// In: the words a user types after `ops run`, the config file, the host's files.
// Out: a typed Config with positions for every complaint, a guestfs.Tree of the
// image that Ops would build, and a Run with the guest's true exit status.
//
// The rules are those of Ops as of May 2026, learnt from its source and checked on
// real images, its surprises included: a `Files` entry "./a" lands in a directory
// named "." that no guest path reaches, absolute `Files` are looked up below the
// working directory, and several config keys are overwritten by flag defaults.
// Where Ops stops or crashes, an Issue of severity Error says so.
//
// Only run.go and find.go start processes.
package ops
