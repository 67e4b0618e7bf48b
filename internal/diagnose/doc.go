// Package diagnose finds the true cause of a run that failed in a unikernel.
//
// It gets facts and gives a verdict; it starts nothing and reads no file. In go what
// the guest said (a tracelog.Log), where there is one the native run of the same
// program, the configuration, and what is known of the host and the image. Out
// comes one cause id of the table in ids.go with its subject, evidence and remedy.
//
// The judges are asked in order of authority (see diagnose.go): who refused to start
// the guest, what the kernel stated, whether the run worked at all, and only then
// the weighing of candidates. A change belongs where its question is asked:
//
//	outcome.go, alike.go      did it work? what both runs print at their end
//	suspect*.go               which accesses failed that work natively, and how much that weighs
//	paths*.go                 what a missing path is called: one table, its questions by topic
//	loader.go, takenback.go   searches of the loader, libraries that it takes back
//	calls*.go, topics.go      calls that Nanos refuses
//	words*.go, errtext.go     what the program said: one table, its judges by topic
//	crash.go, hang.go, writev.go, stdin.go, kernel.go, refusal.go
//	leftover.go               what differs at all, where nothing else speaks
//	fix.go, texts, ids.go     remedies, long texts and ids
//
// The trap: a log is written by the program under examination. It can print
// anything, trace lines included. So a log alone never proves more than Likely,
// unless the line is the kernel's, the loader's or Ops's own statement.
package diagnose
