package tracelog

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nanodiag/nanodiag/strace"
)

// TestOldCalls holds the lines of one call each, in the old format; thread 2 is indented
// by four spaces.
func TestOldCalls(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		lines string
		want  strace.Event
	}{
		{"failing open", "openat\n\"/data/input.bin\" - not found\ndirect return: -2, rsp 0xfff8bc80",
			strace.Event{Name: "openat", Path: "/data/input.bin", Abs: "/data/input.bin", Args: `"/data/input.bin" - not found`, Err: 2}},
		{"failing open, relative: the descriptor is not printed", "openat\n\"in.bin\" - not found\ndirect return: -2, rsp 0x1",
			strace.Event{Name: "openat", Path: "in.bin", Args: `"in.bin" - not found`, Err: 2}},
		{"open", "open\nopen: \"a/b\", flags 80000, mode 0\n   fd 3, length 12, offset 0\ndirect return: 3, rsp 0x1",
			strace.Event{Name: "open", Path: "a/b", Abs: "/a/b", Flags: 0x80000, Size: 12, Args: `open: "a/b", flags 80000, mode 0`, Ret: 3}},
		{"open that worked: no path", "openat\n   fd 3, length 1926232, offset 0\ndirect return: 3, rsp 0x1",
			strace.Event{Name: "openat", Size: 1926232, Ret: 3}},
		{"special file", "openat\nspec_open: /dev/urandom\n   fd 3, length 0, offset 0\ndirect return: 3, rsp 0x1",
			strace.Event{Name: "openat", Path: "/dev/urandom", Abs: "/dev/urandom", Args: "spec_open: /dev/urandom", Ret: 3}},
		{"access", "access\naccess: \"/etc/ld.so.preload\", mode 4\ndirect return: -2, rsp 0x1",
			strace.Event{Name: "access", Path: "/etc/ld.so.preload", Abs: "/etc/ld.so.preload", Flags: 4, Args: `access: "/etc/ld.so.preload", mode 4`, Err: 2}},
		{"stat of 0.1.50", "newfstatat\nstat: cwd 0x1, \"/lib\", follow, buf 0x00000000fff0e058\nst_ino 3, st_mode 0x41ff, st_size a0\ndirect return: 0, rsp 0x1",
			strace.Event{Name: "newfstatat", Path: "/lib", Abs: "/lib", Mode: 0x41ff, Size: 0xa0, Args: `stat: cwd 0x1, "/lib", follow, buf 0x00000000fff0e058`}},
		{"stat of 0.1.43", "stat\nstat: \"/lib\", buf 0x00000000fff0e058\ndirect return: -2, rsp 0x1",
			strace.Event{Name: "stat", Path: "/lib", Abs: "/lib", Args: `stat: "/lib", buf 0x00000000fff0e058`, Err: 2}},
		{"readlink", "readlink\nreadlink: \"/etc/x\"\ndirect return: -22, rsp 0x1",
			strace.Event{Name: "readlink", Path: "/etc/x", Abs: "/etc/x", Args: `readlink: "/etc/x"`, Err: 22}},
		{"rename", "rename\nrename \"/a\" \"/b\"\ndirect return: 0, rsp 0x1",
			strace.Event{Name: "rename", Path: "/a", Abs: "/a", Path2: "/b", Abs2: "/b", Args: `rename "/a" "/b"`}},
		{"unlinkat", "unlinkat\nunlinkat -100 /a b 0x0\ndirect return: -2, rsp 0x1",
			strace.Event{Name: "unlinkat", Path: "/a b", Abs: "/a b", Args: "unlinkat -100 /a b 0x0", Err: 2}},
		{"symlink", "symlink\nsymlink 0x1 /l -> t\ndirect return: 0, rsp 0x1",
			strace.Event{Name: "symlink", Path: "t", Path2: "/l", Abs2: "/l", Args: "symlink 0x1 /l -> t"}},
		{"mmap: decimal address", "mmap\nmmap: addr 0x0000000000000000, length 0x2000, prot 0x5, flags 0x22, fd -1, offset 0x0\n   returning 0x16adc150000\ndirect return: 1558470524928, rsp 0x1",
			strace.Event{Name: "mmap", Flags: 5, Args: "mmap: addr 0x0000000000000000, length 0x2000, prot 0x5, flags 0x22, fd -1, offset 0x0", Ret: 1558470524928}},
		{"clone", "clone\nclone: flags 1200011, child_stack 0x0, ptid 0x0, ctid 0x0, newtls 0\nattempted to create new process, aborting.\ndirect return: -38, rsp 0x1",
			strace.Event{Name: "clone", Flags: 0x1200011, Args: "clone: flags 1200011, child_stack 0x0, ptid 0x0, ctid 0x0, newtls 0", Err: 38}},
		{"unregistered", "memfd_create\nnosyscall memfd_create", strace.Event{Name: "memfd_create", Err: 38}},
		{"unregistered, no name", "syscall 334\nnosyscall 334", strace.Event{Name: "syscall_334", Err: 38}},
		{"beyond the table", "invalid syscall 470", strace.Event{Name: "syscall_470", Err: 38}},
		{"a read that slept", "read\nfile_read: f 0x1, dest 0x2, offset 0 (file), length 832, file length 1926232\nsleep uninterruptible\nfile_read_complete: status (none)\n   read count 832\ngetpid\ndirect return: 2, rsp 0x1",
			strace.Event{Name: "read", Size: 832, Ret: 832}},
		{"a call that slept and says nothing", "poll\nsleep interruptible (on \"poll\")\ngetpid\ndirect return: 2, rsp 0x1",
			strace.Event{Name: "poll", State: strace.Unknown}},
		{"a write that failed late", "write\nfile_write: f 0x1, src 0x2, offset 0 (file), length 30, file length 0\nsleep uninterruptible\nfile_write_complete: f 0x1, sg, 0x2, completion fdesc_io_complete, status (fsstatus:1 result:unable to create extent)\ngetpid\ndirect return: 2, rsp 0x1",
			strace.Event{Name: "write", Args: "file_write: f 0x1, src 0x2, offset 0 (file), length 30, file length 0", State: strace.Unknown}},
		{"the end", "exit_group", strace.Event{Name: "exit_group", State: strace.Unfinished}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			// brk first: details alone do not tell the formats apart
			log := read(t, "    2 brk\n    2 direct return: 1, rsp 0x1\n    2 "+strings.ReplaceAll(tt.lines, "\n", "\n    2 ")+"\n")
			if log.Format != FormatOld || len(log.Events) < 2 {
				t.Fatalf("format %v, events %v", log.Format, log.Events)
			}
			tt.want.Line, tt.want.TID = 3, 2
			if diff := cmp.Diff(tt.want, log.Events[1]); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if len(log.Console) > 0 {
				t.Errorf("console %+v", log.Console)
			}
		})
	}
}

// TestOldThreads: the lines of threads alternate, names stand behind the id, and output
// comes between the entry of a write and its return.
func TestOldThreads(t *testing.T) {
	t.Parallel()
	log := read(t, `            4 [worker-1] write
                5 openat
partial 1.0             4 [worker-1] direct return: 12, rsp 0xba491bdd40
                5 "/b" - not found
                5 direct return: -2, rsp 0x1
`+strings.Repeat(" ", 76)+"31 getppid\n"+strings.Repeat(" ", 76)+"31 nosyscall getppid\n")
	want := []strace.Event{
		{Line: 1, TID: 4, Thread: "worker-1", Name: "write", Ret: 12, Size: 12},
		{Line: 2, TID: 5, Name: "openat", Path: "/b", Abs: "/b", Args: `"/b" - not found`, Err: 2},
		{Line: 6, TID: 31, Name: "getppid", Err: 38},
	}
	if diff := cmp.Diff(want, log.Events); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]Line{{3, "partial 1.0 "}}, log.Console); diff != "" {
		t.Errorf("console (-want +got):\n%s", diff)
	}
}
