module github.com/nanodiag/nanodiag

go 1.26.0

// What the tool is built on.
require (
	github.com/spf13/cobra v1.10.2 // commands, help, completion
	github.com/spf13/pflag v1.0.9 // cobra's flags, for values of our own
	golang.org/x/arch v0.32.0 // decodes the instruction that a crash names
	golang.org/x/sys v0.49.0 // ptrace, seccomp, namespaces
)

// Formats that others define.
require (
	github.com/ianlancetaylor/demangle v0.0.0-20260724033716-83e58baca724 // C++ and Rust names in crashes
	github.com/rogpeppe/go-internal v1.16.0 // diffs of configurations; testscript
	github.com/tailscale/hujson v0.0.0-20260727124030-b80ff77dac4f // patches config.json and keeps its formatting
)

// What only tests and benchmarks need.
require (
	github.com/google/go-cmp v0.7.0 // differences in test messages
	github.com/santhosh-tekuri/jsonschema/v6 v6.0.3 // validates every report
	github.com/u-root/u-root v0.16.0 // the tracer that bench/trace compares with
	gopkg.in/yaml.v3 v3.0.1 // reads action.yml and the release configuration
)

require (
	github.com/inconshreveable/mousetrap v1.1.0 // indirect
	golang.org/x/exp v0.0.0-20250305212735-054e65f0b394 // indirect
	golang.org/x/text v0.31.0 // indirect
	golang.org/x/tools v0.38.0 // indirect
)
