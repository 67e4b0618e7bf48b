// Package diagnose finds the true cause of a run that failed in a unikernel.
//
// It gets facts and gives a verdict; it starts nothing and reads no file. In go what
// the guest said (a tracelog.Log), where there is one the native run of the same
// program, the configuration, and what is known of the host and the image. Out
// comes one cause id of the table in ids.go with its subject, evidence and remedy.
//
// The judges are asked in order of authority (see diagnose.go): who refused to start
// the guest, what the kernel stated, whether the run worked at all, and only then
// the weighing of candidates: accesses that worked natively and failed in the guest
// (suspect.go), calls that Nanos lacks (calls.go), the program's own words
// (words.go), crashes (crash.go) and hangs (hang.go).
//
// The trap: a log is written by the program under examination. It can print
// anything, trace lines included. So a log alone never proves more than Likely,
// unless the line is the kernel's, the loader's or Ops's own statement.
package diagnose
