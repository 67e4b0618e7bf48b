package strace

// nativeNames is the table of the machine that the tracer runs on.
var nativeNames = &amd64Names
