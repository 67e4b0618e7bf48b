package strace

import "fmt"

// Engine is the way in which the tracer learns of calls.
type Engine string

const (
	// EngineAuto is ptrace where it is permitted, else notify, of which
	// Result.Incomplete tells then.
	EngineAuto Engine = ""

	// EnginePtrace sees what every call returned, and who asked for a library.
	EnginePtrace Engine = "ptrace"

	// EngineNotify hears of calls by seccomp notifications (Linux 5.5) and lets them
	// go on. Outcomes are computed (Predicted), the ends of tasks other than the
	// program's are not seen, and nobody is named for a library; but nothing is traced
	// in the kernel's sense: programs that trace themselves, or look for a tracer, run
	// as they do natively. It cannot answer calls.
	EngineNotify Engine = "notify"
)

// ParseEngine reads the name of an engine: auto, ptrace or notify.
func ParseEngine(name string) (Engine, error) {
	switch e := Engine(name); {
	case name == "auto":
		return EngineAuto, nil
	case e == EnginePtrace || e == EngineNotify:
		return e, nil
	}
	return "", fmt.Errorf("unknown engine %q: use auto, ptrace or notify", name)
}
