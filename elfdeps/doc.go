// Package elfdeps answers what the dynamic loader would do with a program, without
// running the program or the loader: which libraries it maps, from where, by which
// rule, and which it would not find.
//
// In goes an fs.FS (the host's root from HostFS, a sysroot from os.DirFS, or the tree
// of an image that nobody has built yet) and a Config with the few environment
// variables that matter. Out comes a Closure. Nothing but that file system is read, so
// the same question can be asked of the host and of the guest, and the difference is
// what an image lacks.
//
// The rules are those of glibc's ld.so as of 2.31 to 2.42 (elf/dl-load.c, dl-deps.c,
// dl-cache.c, dl-hwcaps.c) and, for an ld-musl-* interpreter, of musl's
// ldso/dynlink.c. What differs between builds of glibc, namely the built-in
// directories, the place of ld.so.cache and which hwcaps subdirectories are searched,
// is read from the loader file itself.
//
// The trap: glibc reads /etc/ld.so.conf nowhere; only ldconfig does. Where there is no
// ld.so.cache, a library that the host finds in /usr/local/lib is not found.
//
// # Security
//
// Unlike debug/elf, Parse and ReadCache are meant for hostile input: every count and
// length is bounded by a named constant, offsets are checked before use, and FIFOs and
// devices are never opened.
package elfdeps
