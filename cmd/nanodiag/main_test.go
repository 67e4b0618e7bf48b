package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/nanodiag/nanodiag/internal/rehearse"
	"github.com/nanodiag/nanodiag/strace"
	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	strace.Shim()
	rehearse.Init()
	if os.Getenv(asCommand) != "" {
		os.Exit(int(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)))
	}
	testscript.Main(m, map[string]func(){
		"nanodiag": func() { os.Exit(int(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))) },
	})
}

// TestScript runs the user's stories in testdata/script. The first word of a
// script's name is the command, its first comment the wish.
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("..", "..", "testdata", "script"),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup:               setup,
		Condition:           condition,
		Cmds:                commands(),
		UpdateScripts:       os.Getenv("UPDATE_SCRIPTS") != "",
	})
}
