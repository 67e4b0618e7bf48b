package main

import (
	"bufio"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A signal ends nanodiag with the code that a shell gives for it.
func TestSignalCodes(t *testing.T) {
	t.Parallel()
	sleep, err := exec.LookPath("sleep")
	if err != nil {
		t.Skip("sleep is not installed")
	}
	// Under nohup, or in the background of a shell, signals are ignored from the start, and
	// nanodiag keeps it so. What this process catches, its children begin with as usual.
	caught := make(chan os.Signal, 1)
	signal.Notify(caught, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	t.Cleanup(func() { signal.Stop(caught) })
	for sig, want := range map[syscall.Signal]int{syscall.SIGINT: 130, syscall.SIGTERM: 143, syscall.SIGHUP: 129} {
		t.Run(sig.String(), func(t *testing.T) {
			t.Parallel()
			cmd := exec.Command(os.Args[0], "diagnose", "--timeout", "1m", "--until", "never", sleep, "--", "60")
			cmd.Env, cmd.Dir = append(os.Environ(), asCommand+"=1"), t.TempDir()
			out, err := cmd.StderrPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			// Signals are caught before anything is read: by the time the run
			// directory is there, they are.
			for {
				if names, _ := os.ReadDir(cmd.Dir); len(names) > 0 {
					break
				}
				if cmd.Process.Signal(syscall.Signal(0)) != nil {
					t.Fatal("it ended early")
				}
				time.Sleep(time.Millisecond)
			}
			if err := cmd.Process.Signal(sig); err != nil {
				t.Fatal(err)
			}
			said := ""
			for s := bufio.NewScanner(out); s.Scan(); {
				said += s.Text()
			}
			_ = cmd.Wait() // tells the code once more
			if got := cmd.ProcessState.ExitCode(); got != want || !strings.Contains(said, "interrupted") {
				t.Errorf("exit code %d, want %d; it said %q", got, want, said)
			}
		})
	}
}
