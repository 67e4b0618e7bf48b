package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/nanodiag/nanodiag/elfdeps"
	"github.com/nanodiag/nanodiag/internal/diagnose"
	"github.com/nanodiag/nanodiag/internal/nanos"
	"github.com/nanodiag/nanodiag/internal/native"
	"github.com/nanodiag/nanodiag/internal/ops"
	"github.com/nanodiag/nanodiag/internal/report"
	"github.com/spf13/cobra"
)

type explainFlags struct {
	program, config, nativeLog string
	nanosVersion               string
	instance, target           string
	mounts                     []string
	json, all                  bool
	out                        outputFlags
}

func explainCommand() *cobra.Command {
	var f explainFlags
	c := &cobra.Command{
		Use:                   "explain [flags] {LOG… | - | CAUSE-ID}",
		DisableFlagsInUseLine: true,
		Short:                 "Name the cause in a console or trace log of any Nanos version, or explain a cause id",
		Long: `explain reads console and trace logs of any Nanos version (- is standard input) and
names the cause with its evidence. A strace(1) log of a native run that worked
(--native-log) and the configuration (-c) make it surer. Several logs are grouped
by cause. With a cause id it prints what the id means and how to fix it; with no
argument it lists the ids.`,
		Example: `  nanodiag explain console.log
  ops instance logs my-instance | nanodiag explain -
  nanodiag explain --native-log strace.log -c config.json trace.log
  nanodiag explain --instance my-instance -t gcp -c gcloud.json
  nanodiag explain missing-lib.search-path`,
		RunE: func(cmd *cobra.Command, args []string) error {
			_, err := interruptible(cmd.Context(), func() (struct{}, error) {
				return struct{}{}, runExplain(cmd.Context(), cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr(), f, args)
			})
			return err
		},
	}
	c.Flags().StringVar(&f.program, "program", "", "the `PROG` that ran, on this host")
	c.Flags().StringVarP(&f.config, "config", "c", "", "the Ops configuration `FILE` of the instance")
	c.Flags().StringVar(&f.nativeLog, "native-log", "", "strace(1) `LOG` of a native run that worked")
	c.Flags().StringArrayVar(&f.mounts, "mounts", nil, "a mount that ops run was given, `LABEL:/PATH`")
	c.Flags().StringVar(&f.nanosVersion, "nanos-version", "", "Nanos `VERSION` of the instance, where the log does not tell")
	c.Flags().StringVar(&f.instance, "instance", "", "fetch the log of this cloud instance with ops instance logs")
	c.Flags().StringVarP(&f.target, "target-cloud", "t", "", "with --instance: the `PROVIDER`, as for ops")
	c.Flags().BoolVar(&f.json, "json", false, "print JSON")
	c.Flags().BoolVar(&f.all, "all", false, "list suppressed findings too")
	f.out.register(c)
	f.out.gate.register(c)
	return c
}

func runExplain(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer, f explainFlags, args []string) error {
	if f.instance != "" {
		text, err := instanceLog(ctx, f)
		if err != nil {
			return err
		}
		return explainLogs(stdout, stderr, f, []logSource{readerSource(f.instance, strings.NewReader(text))})
	}
	if len(args) == 0 {
		return listCauses(stdout, f.json)
	}
	if len(args) == 1 {
		if text, ok := diagnose.Explain(args[0]); ok {
			if f.json {
				return report.JSON(stdout, report.NewCause(text))
			}
			_, err := io.WriteString(stdout, text.Body)
			return err
		}
		if _, err := os.Stat(args[0]); err != nil && args[0] != "-" && looksLikeID(args[0]) {
			return usagef("%s: neither a log file nor a cause id; nanodiag explain lists the ids", args[0])
		}
	}
	sources, err := logSources(args, stdin)
	if err != nil {
		return err
	}
	return explainLogs(stdout, stderr, f, sources)
}

func looksLikeID(s string) bool {
	return strings.Count(s, ".") == 1 && !strings.ContainsAny(s, "/ ") && filepath.Ext(s) != ".log" && filepath.Ext(s) != ".txt"
}

func listCauses(w io.Writer, asJSON bool) error {
	if asJSON {
		return report.JSON(w, report.Causes())
	}
	for _, id := range diagnose.IDs() {
		text, _ := diagnose.Explain(id)
		if _, err := fmt.Fprintf(w, "%-36s %s\n", id, text.Meaning); err != nil {
			return err
		}
	}
	return nil
}

// explainLogs diagnoses one log, or groups several by cause.
func explainLogs(w, stderr io.Writer, f explainFlags, sources []logSource) error {
	base, err := explainInput(f)
	if err != nil {
		return err
	}
	inputs := []string{f.program, f.config, f.nativeLog}
	for _, s := range sources {
		inputs = append(inputs, s.name)
	}
	to, err := f.out.open(f.json, textOptions(f.all), inputs...)
	if err != nil {
		return err
	}
	defer to.close()
	x, err := sortExplained(stderr, sources, explainAll(base, sources))
	if err != nil {
		return err
	}
	d := explainDocument(f, base, x)
	if err := to.write(w, d); err != nil {
		return err
	}
	return exitWith(to.code(d, x.code()))
}

// explainDocument is the report on one log, or the triage of several.
func explainDocument(f explainFlags, in diagnose.Input, x explainedLogs) *report.Document {
	c := configContext(in.Config)
	c.Log = repositoryPath(x.verdicts[0].Log)
	if in.Config != nil {
		c.Secrets = report.Secrets(in.Config.Env, in.Config.Args)
	}
	if len(x.verdicts)+len(x.unreadable) > 1 {
		return &report.Document{Triage: x.triage(), Context: c}
	}
	v := x.verdicts[0]
	r := report.FromVerdict(v.Verdict)
	r.Program = f.program
	r.Runs = []report.Run{{Engine: "log", Outcome: v.Verdict.Outcome, Log: v.Log}}
	c.Attach = func() report.Attachments { return attachments(r, in.Program, "", in.Native, in.NativeSource) }
	return &report.Document{Report: r, Context: c}
}

func triageCode(verdicts []report.LogVerdict) exitCode {
	code := exitClean
	for _, v := range verdicts {
		switch {
		case strings.HasPrefix(v.Verdict.Cause.ID, "none."):
			// Nothing accuses, though a console alone does not prove success.
		case v.Verdict.Outcome == diagnose.OutcomeFailed:
			return exitFindings
		case v.Verdict.Outcome == diagnose.OutcomeUnknown:
			code = exitUnable
			if v.Verdict.Cause.ID != "unknown" {
				return exitFindings
			}
		}
	}
	return code
}

// explainInput gathers what the flags say about the program.
func explainInput(f explainFlags) (diagnose.Input, error) {
	in := diagnose.Input{Engine: "log", Version: f.nanosVersion}
	table, err := nanos.Load()
	if err != nil {
		return in, err
	}
	in.Table = table
	if f.config != "" {
		b, err := os.ReadFile(f.config)
		if err != nil {
			return in, inputError(f.config, err, "give the configuration that was passed to ops with -c")
		}
		// A configuration that Ops cannot read is a cause, not an obstacle: the log
		// then holds Ops's complaint about it.
		if cfg, _, err := ops.ParseConfig(f.config, b); err == nil {
			in.Config = cfg
			in.Args = cfg.Args
		}
	}
	if len(f.mounts) > 0 {
		if in.Config == nil {
			in.Config = &ops.Config{}
		}
		in.Config, _ = in.Config.ApplyFlags(ops.Flags{Mounts: f.mounts})
	}
	if f.program != "" {
		program, err := findProgram(f.program)
		if err != nil {
			return in, err
		}
		in.Program = program
		if c, err := elfdeps.NewLoader(elfdeps.HostFS(), elfdeps.Config{}).Closure(program); err == nil {
			in.Closure = c
		}
		in.HostExists = exists
		in.ProgramHas = native.Contains(program)
	}
	if f.nativeLog != "" {
		run, err := native.FromLog(f.nativeLog, in.Program, "", os.Environ())
		if info, serr := os.Stat(f.nativeLog); err != nil && serr == nil && info.Size() == 0 {
			// strace leaves an empty log where the program could not be started at all.
			return in, nil
		}
		if err != nil {
			return in, inputError(f.nativeLog, err, "give a log recorded with strace -f -e trace=file -o FILE")
		}
		in.Native, in.NativeSource = run.Events, run.Source
		if !run.Result.Exit.Unknown {
			in.NativeExit = &run.Result.Exit
		}
	}
	return in, nil
}

func exists(p string) bool {
	_, err := os.Lstat(p)
	return err == nil || !errors.Is(err, fs.ErrNotExist)
}

// instanceLog has ops fetch the console log of a cloud instance.
func instanceLog(ctx context.Context, f explainFlags) (string, error) {
	path, err := exec.LookPath("ops")
	if err != nil {
		return "", &statusError{exitUnable, errors.New("ops is not on PATH; install it, or fetch the log yourself and give it as a file")}
	}
	argv := ops.InstanceLogs(path, f.instance, f.target, f.config, "", "")
	out, err := exec.CommandContext(ctx, argv[0], argv[1:]...).Output()
	if err != nil {
		detail := ""
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			detail = ": " + strings.TrimSpace(string(exit.Stderr))
		}
		return "", &statusError{exitUnable, fmt.Errorf("%s: %w%s", strings.Join(argv, " "), err, detail)}
	}
	return string(out), nil
}
