package main

import (
	"github.com/nanodiag/nanodiag/internal/loop"
	"github.com/spf13/cobra"
)

func preflightCommand() *cobra.Command {
	var f projectFlags
	var out outputFlags
	c := &cobra.Command{
		Use:                   "preflight PROG [flags of ops run] [-- ARG…]",
		DisableFlagsInUseLine: true,
		Short:                 "Say what would fail in the guest, without a virtual machine",
		Long: `preflight does everything that needs neither Ops nor QEMU nor KVM: it checks the
configuration, runs the program natively under its own tracer, compares what it
used with what the image will hold, and rehearses it in that image on this host's
kernel. It says what it could not check.`,
		Example: `  nanodiag preflight ./prover -c config.json
  nanodiag preflight ./prover -c config.json --fail-on warning --baseline main.json
  nanodiag preflight ./prover -c config.json --format text,json=preflight.json`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.engine == "auto" {
				f.engine = "rehearse"
			}
			f.mend = true
			o, err := interruptible(cmd.Context(), func() (loop.Options, error) { return f.options(args) })
			if err != nil {
				return err
			}
			o.NoFix, o.Checks = true, true
			return runLoop(cmd.Context(), o, &f, &out)
		},
	}
	f.register(c)
	out.register(c)
	out.gate.register(c)
	return c
}
