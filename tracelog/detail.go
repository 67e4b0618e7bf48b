package tracelog

import "bytes"

// Detail is an indented trace line: in the old format the only kind there is, in the
// new one what the kernel adds between the calls.
type Detail struct {
	TID    int
	Thread []byte // thread name; nil when it has none
	Text   []byte // what follows the header
}

// detailWords are the first words of detail lines that are not names of system calls,
// with what must follow them; functions of Nanos 0.1.37 to July 2026 that call
// thread_log. (thread_log prints 4 spaces per thread id, at most 76, and the id.)
var detailWords = map[string]string{
	// blockq, thread
	"thread_wakeup": ": ", "thread_attempt_interrupt": ": ", "blockq_wake_one_for_thread": ": ",
	"sleep": " ", "yield": " ", "run": " ", "exit_thread": "", "attempted": " to create new process",
	// both formats
	"signal": " ", "syscall": " ", "nosyscall": " ", "invalid": " ", "direct": " return: ",
	"file": " fd ", "fd": " ", "st_ino": " ", "failed": " to allocate ", "default": " action",
	"ignored": "", "no": " vmap found", "page": " fault, ", "delivering": " SIG",
	// page faults, with trace categories "all" or "pf"
	"copy": "-on-write for private map: ", "anonymous": " page major fault", "demand": " page failed ",
	"general": " protection fault in user mode", "trap": " in user mode",
	// file I/O
	"file_read": ": ", "file_read_complete": ": ", "file_sg_read": ": ", "file_sg_read_complete": ": ",
	"file_write": ": ", "file_write_complete": ": ", "file_sg_write": ": ", "file_sg_write_complete": ": ",
	"file_readv": ": ", "file_writev": ": ", "iov_op_each_complete": ": ", "iov_read_complete": ": ",
	"iov_write_complete": ": ", "dummy_read": ": ", "fs_op_complete": ": ", "sync_complete": ": ",
	"sendfile_bh": ": ", "copy_file_range_bh": ": ", "iocb_enqueue": ": ",
	"spec_read": ": ", "spec_write": ": ", "spec_events": ": ", "spec_close": ": ", "spec_open": "",
	// memory
	"vmap_remove_intersection": ": ", "vmap_update_protections": ": ", "vmap_update_protections_locked": ": ",
	// futex, time
	"futex_bh": ": ", "futex_wait": " [", "futex_wake": " [", "futex_wait_bitset": " [",
	"futex_cmp_requeue": " [", "futex_wake_op": ": [", "nanosleep_bh": ": ",
}

// detailWordTable holds detailWords as nameTable holds the calls.
var detailWordTable = func() (slots [1 << detailWordBits]struct{ word, follows string }) {
	for w, f := range detailWords {
		i := detailWordSlot([]byte(w))
		for slots[i].word != "" {
			i = (i + 1) % len(slots)
		}
		slots[i].word, slots[i].follows = w, f
	}
	return slots
}()

const detailWordBits = 9

func detailWordSlot(w []byte) int { return nameHash(w) >> (nameBits - detailWordBits) }

func findDetailWord(w []byte) (follows string, ok bool) {
	if len(w) < 2 || len(w) > 32 {
		return "", false
	}
	for i := detailWordSlot(w); detailWordTable[i].word != ""; i = (i + 1) % len(detailWordTable) {
		if detailWordTable[i].word == string(w) {
			return detailWordTable[i].follows, true
		}
	}
	return "", false
}

// detailTails are the continuation lines: three spaces (two, one) and a remark on the
// line before. The list keeps a program's own indented tables out.
var detailTails = []string{
	"   fd ", "   returning 0x", "   read count ", "   read ", "   associated with cache node ",
	"   uninterruptible or already running", "   attempting to interrupt blocked thread ",
	"   op: curr ", "   found gap [", "   remapping existing portion at ", "   hint ", "   writing ",
	"   unable to allocate ", "   fault address 0x", "   default action", "   core dump", "   terminate",
	"   stop", "   ignored", "   unknown flag(s) 0x", "   requested fixed range ", "   file-backed mapping must ",
	"   failed to get virtual address", "   custom_mmap() failed", "   MAP_", "   fail: ",
	"   attempt to map ", "   new physical pages ", "   mapping and zeroing ", "   io_uring_mmap returned ",
	"   fixed map ", "   anonymous, specified ", "   alloc: 0x", "   zero or error, rv ",
	"   write would block", "   rewound ", "  failed to use newfd", " awoken: ",
	"   bss / stack / heap page fault", "   extends past map limit ", "   file-backed program page fault",
	"   found pending_fault ", "   immediate completion", "   map length 0x", "   new pending_fault ",
	"   node 0x", "   vmap 0x", "   wake ",
}

const maxIndentTID = 20

// indentOf is the number of spaces before a thread's id.
func indentOf(tid int) int { return 4 * (min(max(tid, 1), maxIndentTID) - 1) }

// parseDetail takes a whole line.
//
//	2 openat
//	        4 [worker-1] direct return: 12, rsp 0xba491bdd40
func parseDetail(b []byte, d *Detail) bool {
	n := 0
	for n < len(b) && b[n] == ' ' {
		n++
	}
	return n >= 4 && parseDetailID(b, n, d) && n == indentOf(d.TID) && knownDetail(d.Text)
}

// parseDetailID takes thread id, name and text from at on.
func parseDetailID(b []byte, at int, d *Detail) bool { return parseID(b, at, 2, d) }

// parseID is parseDetailID for ids from least on.
func parseID(b []byte, at, least int, d *Detail) bool {
	i, tid := at, 0
	for i < len(b) && i < at+8 && isDigit(b[i]) {
		tid = tid*10 + int(b[i]-'0')
		i++
	}
	if i == at || i+1 >= len(b) || b[i] != ' ' || tid < least {
		return false
	}
	d.TID, d.Thread, d.Text = tid, nil, b[i+1:]
	if d.Text[0] == '[' {
		for e := 1; e <= maxThreadName+1 && e+2 < len(d.Text); e++ {
			if d.Text[e] == ']' && d.Text[e+1] == ' ' && knownDetail(d.Text[e+2:]) {
				d.Thread, d.Text = d.Text[1:e], d.Text[e+2:]
				break
			}
		}
	}
	return true
}

// knownDetail tells a trace line from an indented line of the program's own.
func knownDetail(t []byte) bool {
	if len(t) == 0 {
		return false
	}
	switch t[0] {
	case ' ':
		for _, p := range detailTails {
			if bytes.HasPrefix(t, []byte(p)) {
				return true
			}
		}
		return false
	case '"': // "PATH" - not found
		return true
	}
	n := nameEnd(t, 0)
	word, rest := t[:n], t[n:]
	if follows, ok := findDetailWord(word); ok && len(rest) >= len(follows) && string(rest[:len(follows)]) == follows {
		return true
	}
	return names.lookup(word) != "" && (len(rest) == 0 || rest[0] == ':' || len(rest) > 1 && rest[0] == ' ')
}

// findDetail looks for a detail line that output without a newline has run into, and
// returns where its indent begins, -1 if there is none. Enough spaces for the id that
// follows are the sign.
//
//	partial 1.0             4 [worker-1] direct return: 12, rsp 0xba491bdd40
func findDetail(b []byte, d *Detail) int {
	const shortest = "    " // thread 2
	for from := 0; ; {
		i := bytes.Index(b[from:], []byte(shortest))
		if i < 0 {
			return -1
		}
		i += from
		j := i
		for j < len(b) && b[j] == ' ' {
			j++
		}
		if parseDetailID(b, j, d) && j-i >= indentOf(d.TID) && knownDetail(d.Text) {
			return j - indentOf(d.TID)
		}
		from = j
	}
}
