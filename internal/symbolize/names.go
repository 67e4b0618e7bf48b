package symbolize

import (
	"strings"

	"github.com/ianlancetaylor/demangle"
)

// demangled is the name as the source has it: C++ without parameter types, Rust without
// the hash of the crate. Names of other languages come back as they are.
func demangled(name string) (out string) {
	defer func() {
		if recover() != nil {
			out = name
		}
	}()
	// memcpy@@GLIBC_2.14: the version is the linker's business.
	if i := strings.IndexByte(name, '@'); i > 0 {
		name = name[:i]
	}
	if !strings.HasPrefix(name, "_") || len(name) > 4*pageSize {
		return name
	}
	return demangle.Filter(name, demangle.NoParams, demangle.NoEnclosingParams, demangle.MaxLength(maxDemangled))
}
