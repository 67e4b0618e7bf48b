package manual

// RootSections are what the first man page says beyond the commands' help.
func RootSections() []Section {
	return []Section{
		{Title: "EXIT STATUS", Items: [][2]string{
			{"0", "Clean: the program worked, or nothing was found at the level of --fail-on."},
			{"1", "Findings. diagnose also ends with 1 when it repaired the program in its run directory only; with --write the status is then 0."},
			{"2", "Wrong usage or unreadable input."},
			{"3", "nanodiag could not do its work, so the answer is not known."},
			{"4", "The program fails natively too: not a matter of the unikernel."},
			{"124", "Time limit, with nothing else to say."},
			{"130, 143, 129", "Interrupted: by Ctrl-C, SIGTERM, SIGHUP."},
		}},
		{Title: "ENVIRONMENT", Items: [][2]string{
			{"NO_COLOR, CLICOLOR_FORCE", "No colours, or colours even where the output is no terminal."},
			{"CI", "No colours, and one line for each step of the progress."},
			{"OPS_HOME", "The directory that holds .ops, where Ops keeps releases, images and volumes (default $HOME)."},
			{"GITHUB_STEP_SUMMARY", "With --format github, the file that gets the job summary."},
		}},
		{Title: "FILES", Items: [][2]string{
			{".nanodiag/TIME/", "Logs, staged bundle and report of one run, readable by the user alone."},
			{".nanodiag-ignore", "Problems to accept, each with its reason."},
			{"nanodiag.json", "The configuration that bundle and --write make where -c names none."},
			{"bundle/", "The libraries and files that the image lacked; one MapDirs entry of the configuration names it."},
		}},
	}
}
