package symbolize

import (
	"path"
	"strings"
)

// role is what a function of the tool chain, not of the program, does on a stack.
type role uint8

const (
	roleNone    role = iota
	roleStart        // runs before or around main: says nothing
	roleLoader       // the dynamic loader
	roleLibc         // where a bad pointer is used, not where it comes from
	roleAbort        // ends the program on behalf of its caller
	rolePanic        // a language runtime's way to abort
	roleMachine      // allocators and other machinery of runtimes
)

// runtimeFrames are functions that fingerprints leave out, by the beginning of the
// demangled name; the text says what it means when one is on the stack of an abort.
var runtimeFrames = []struct {
	prefix string
	exact  bool
	role   role
	text   string
}{
	{"__assert_fail", false, roleAbort, "a failed assertion"},
	{"__assert", false, roleAbort, "a failed assertion"},
	{"__stack_chk_fail", false, roleAbort, "a function overwrote its own stack frame (stack protector)"},
	{"__fortify_fail", false, roleAbort, "a buffer overflow that fortified libc functions noticed"},
	{"__chk_fail", false, roleAbort, "a buffer overflow that fortified libc functions noticed"},
	{"malloc_printerr", false, roleAbort, "a corrupted heap"},
	{"__libc_message", false, roleAbort, "an error that libc reported"},
	{"__libc_fatal", false, roleAbort, "an error that libc reported"},
	{"std::terminate", false, rolePanic, "an uncaught C++ exception"},
	{"__cxxabiv1::", false, rolePanic, "an uncaught C++ exception"},
	{"__gnu_cxx::__verbose_terminate_handler", false, rolePanic, "an uncaught C++ exception"},
	{"__cxa_throw", false, rolePanic, "an uncaught C++ exception"},
	{"__cxa_rethrow", false, rolePanic, "an uncaught C++ exception"},
	{"__cxa_pure_virtual", false, rolePanic, "a call of a pure virtual function"},
	{"_Unwind_", false, rolePanic, ""},
	{"uw_", false, rolePanic, ""},
	{"std::__throw_", false, rolePanic, "an uncaught C++ exception"},
	{"std::__glibcxx_assert_fail", false, rolePanic, "a failed assertion of the C++ library"},
	{"rust_panic", false, rolePanic, "a Rust panic"},
	{"rust_begin_unwind", false, rolePanic, "a Rust panic"},
	{"__rust_start_panic", false, rolePanic, "a Rust panic"},
	{"core::panicking::", false, rolePanic, "a Rust panic"},
	{"std::panicking::", false, rolePanic, "a Rust panic"},
	{"std::process::abort", false, rolePanic, "std::process::abort of Rust"},
	{"std::sys::pal::unix::stack_overflow", false, rolePanic, "a stack overflow that Rust noticed"},
	{"std::sys::pal::unix::abort_internal", false, rolePanic, ""},
	{"std::alloc::rust_oom", false, rolePanic, "a failed allocation in Rust"},
	{"alloc::alloc::handle_alloc_error", false, rolePanic, "a failed allocation in Rust"},
	{"std::sys::backtrace::", false, rolePanic, ""},
	{"runtime.throw", false, rolePanic, "a fatal error of the Go runtime"},
	{"runtime.fatal", false, rolePanic, "a fatal error of the Go runtime"},
	{"runtime.gopanic", false, rolePanic, "a Go panic"},
	{"runtime.panic", false, rolePanic, "a Go panic"},
	{"runtime.goPanic", false, rolePanic, "a Go panic"},
	{"runtime.sigpanic", false, rolePanic, "a fault that Go turned into a panic"},
	{"runtime.dieFromSignal", false, rolePanic, ""},
	{"runtime.raise", false, rolePanic, ""},
	{"runtime.crash", false, rolePanic, ""},
	{"runtime.abort", false, rolePanic, "a fatal error of the Go runtime"},
	{"g_assertion_message", false, roleAbort, "a failed assertion of GLib"},
	{"g_logv", true, roleAbort, ""},
	{"g_log", true, roleAbort, "a fatal message of GLib"},
	{"node::Abort", false, roleAbort, "a fatal error of Node"},
	{"node::OnFatalError", false, roleAbort, "a fatal error of Node"},
	{"v8::base::OS::Abort", false, roleAbort, ""},
	{"V8_Fatal", false, roleAbort, "a fatal error of V8"},
	{"abort", true, roleAbort, ""},
	{"raise", true, roleAbort, ""},
	{"gsignal", true, roleAbort, ""},
	{"__GI_", false, roleLibc, ""},
	{"__pthread_kill", false, roleAbort, ""},
	{"pthread_kill", false, roleAbort, ""},
	{"_start", true, roleStart, ""},
	{"__libc_start", false, roleStart, ""},
	{"__libc_csu", false, roleStart, ""},
	{"call_init", false, roleStart, ""},
	{"start_thread", true, roleStart, ""},
	{"clone", true, roleStart, ""},
	{"clone3", true, roleStart, ""},
	{"__clone", false, roleStart, ""},
	{"std::rt::", false, roleStart, ""},
	{"std::sys::thread", false, roleStart, ""},
	{"runtime.goexit", false, roleStart, ""},
	{"runtime.main", true, roleStart, ""},
	{"runtime.mstart", false, roleStart, ""},
	{"runtime.rt0_go", false, roleStart, ""},
	{"runtime.", false, roleMachine, ""},
	// What the standard libraries do with a bad argument is not where it came from.
	{"std::", false, roleMachine, ""},
	{"core::", false, roleMachine, ""},
	{"alloc::", false, roleMachine, ""},
	{"__gnu_cxx::", false, roleMachine, ""},
}

// runtimeObjects are libraries whose every function counts as machinery.
var runtimeObjects = []struct {
	prefix string
	role   role
}{
	{"ld-linux", roleLoader}, {"ld-musl", roleLoader}, {"ld.so", roleLoader}, {"ld-2.", roleLoader},
	{"libc.so.", roleLibc}, {"libc-2.", roleLibc}, {"libpthread.so.", roleLibc}, {"libpthread-2.", roleLibc}, {"libm.so.", roleLibc},
	{"libdl.so.", roleLoader}, {"libgcc_s.so.", rolePanic}, {"libstdc++.so.", rolePanic}, {"libasan.so.", roleMachine},
}

// machinery reports whether a whole object is the tool chain's. Nobody looks for a bug
// of his own in the source lines of libc, and unpacking them takes longer than all else.
func machinery(object string) bool {
	base := path.Base(object)
	for _, e := range runtimeObjects {
		if strings.HasPrefix(base, e.prefix) {
			return true
		}
	}
	return false
}

// roleOf tells functions of the tool chain from the program's own.
func roleOf(f *Frame) (role, string) {
	name := strings.TrimLeft(f.Symbol, "<&*") // <std::io::Stdout as core::fmt::Write>::write_str
	for i := range runtimeFrames {
		e := &runtimeFrames[i]
		if name != "" && (name == e.prefix || !e.exact && strings.HasPrefix(name, e.prefix)) {
			return e.role, e.text
		}
	}
	base := path.Base(f.Object)
	for _, e := range runtimeObjects {
		if strings.HasPrefix(base, e.prefix) {
			return e.role, ""
		}
	}
	return roleNone, ""
}

// TopFrames names up to n innermost functions of the program's own, for a fingerprint
// that two crashes of one cause share: "prog!parse_header", without addresses, offsets
// and line numbers, and without the loader, libc, start-up code and the ways to panic.
// A function without a name is its place in its file, "libx.so.1+0x1234". When nothing
// but machinery is on the stack, its outermost function stands for the crash.
func (r *Report) TopFrames(n int) []string {
	var out []string
	for _, certain := range []bool{true, false} {
		for i := range r.Frames {
			f := &r.Frames[i]
			if role, _ := roleOf(f); role != roleNone || f.Certain != certain || f.Inlined || f.Object == "" && f.Symbol == "" {
				continue
			}
			if name := f.stable(); len(out) < n && (len(out) == 0 || out[len(out)-1] != name) {
				out = append(out, name)
			}
		}
		// Words that merely look like return addresses vary from run to run.
		if len(out) > 0 {
			return out
		}
	}
	// The outermost function of the machinery: abort, not what abort calls.
	for i := len(r.Frames) - 1; i >= 0 && n > 0; i-- {
		if f := &r.Frames[i]; f.Certain && (f.Object != "" || f.Symbol != "") {
			if role, _ := roleOf(f); role != roleStart || i == 0 {
				return []string{f.stable()}
			}
		}
	}
	return out
}

// aborted reports whether the stack is known to lead to a way to abort.
func (r *Report) aborted() bool {
	for i := range r.Frames {
		if role, _ := roleOf(&r.Frames[i]); r.Frames[i].Certain && (role == roleAbort || role == rolePanic) {
			return true
		}
	}
	return false
}

// culprit is the innermost function of the program's own that is known to be on the
// stack; nil when there is none.
func (r *Report) culprit() *Frame {
	for i := range r.Frames {
		f := &r.Frames[i]
		if role, _ := roleOf(f); role == roleNone && f.Certain && !f.Inlined && f.Symbol != "" {
			return f
		}
	}
	return nil
}

// stable is a frame without what changes between runs and rebuilds.
func (f *Frame) stable() string {
	object := path.Base(f.Object)
	if f.Symbol == "" {
		return object + "+" + hexText(f.Rel)
	}
	if f.Object == "" {
		return f.Symbol
	}
	return object + "!" + f.Symbol
}

// abortText says what an abort was for, by the functions on the stack.
func abortText(frames []Frame) string {
	for i := range frames {
		if role, text := roleOf(&frames[i]); text != "" && (role == roleAbort || role == rolePanic) {
			return "the program aborted itself: " + text
		}
	}
	return "the program aborted itself"
}
