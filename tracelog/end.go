package tracelog

import (
	"bytes"
	"strconv"
	"strings"
)

// evidence is what the lines of the last boot say about its end.
type evidence struct {
	exited     bool // exit_group was called
	orderly    bool // the kernel printed its lists at shutdown
	halted     bool // the kernel stopped by itself
	opsRefused bool // an error of Ops, QEMU or the boot loader
	opsKilled  bool // "signal: killed", "waitid: no child processes": QEMU was killed
}

// harmlessOps are lines of Ops that say nothing about an end.
var harmlessOps = []string{
	"version lookup failed, using local.", "running local instance", "You specified hardware acceleration",
	"Klib \"", "Downloading ", "Extracting ", booting,
}

func (ev *evidence) opsLine(log *Log, text string) {
	if rest, ok := strings.CutPrefix(text, "exit status "); ok {
		if n, err := strconv.Atoi(strings.TrimSpace(rest)); err == nil {
			log.OpsExit = &n
			return
		}
	}
	switch b := []byte(text); {
	case strings.HasPrefix(text, "signal: "), strings.HasPrefix(text, "waitid: no child processes"), strings.Contains(text, qemuEnded):
		ev.opsKilled = true
	case text == "" || hasAny(b, harmlessOps):
	case hasAny(b, firmwareFirst):
		ev.opsRefused = false
	default:
		ev.opsRefused = true
	}
}

func (ev *evidence) kernelLine(text []byte, stamped bool) {
	m := findMessage(text)
	switch {
	case m == nil || m.goesOn && stamped:
	case m.end == EndHalt:
		ev.halted = true
	case m.end == EndExit:
		ev.exited = true
	}
}

func (ev *evidence) dumpLine(b []byte) {
	if bytes.HasPrefix(b, []byte("no fault handler")) {
		ev.halted = true
	}
}

// conclude fills in End.
func (ev *evidence) conclude(log *Log) {
	log.Killed = ev.opsKilled
	if n := len(log.Kernel); n > 0 && log.Kernel[n-1].N == log.Lines {
		if m := findMessage([]byte(log.Kernel[n-1].Text)); m != nil && m.end == EndExit {
			log.Torn = false // it has no line end
		}
	}
	signal := log.Crash != nil && !log.Crash.Kernel || log.Fate != ""
	switch {
	case !log.Booted && ev.opsRefused:
		log.End = EndNotStarted
	case !log.Booted && ev.opsKilled:
		log.End = EndCut
	case !log.Booted:
		log.End = EndUnknown
	case ev.halted:
		log.End = EndHalt
	case signal:
		log.End = EndSignal
	case ev.exited, ev.orderly:
		log.End = EndExit
	case ev.opsKilled:
		log.End = EndCut
	case log.Format != FormatNone:
		log.End = EndCut
	case log.OpsExit != nil:
		log.End = EndExit
	default:
		log.End = EndUnknown
	}
}
