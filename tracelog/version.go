package tracelog

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"github.com/nanodiag/nanodiag/internal/lazyregexp"
)

// versions narrows down which Nanos printed a log: releases are 0.1.N, and only N is
// kept. What a program prints can contradict; then nothing is said.
type versions struct {
	min, max int // 0 = open
}

func (v *versions) atLeast(n int) {
	v.min = max(v.min, n)
}

func (v *versions) atMost(n int) {
	if v.max == 0 || n < v.max {
		v.max = n
	}
}

// kernelLine takes a kernel message; stamped means that it has the time of 0.1.53.
func (v *versions) kernelLine(log *Log, text []byte, stamped bool) {
	if stamped {
		v.atLeast(53)
	} else if at, ok := assigned(text); ok && at == 0 {
		v.atMost(52)
		if bytes.HasPrefix(text, []byte(assignedOld)) {
			v.atMost(36) // 0.1.31 prints it, 0.1.37 the interface before it
		}
	}
	if m := findMessage(text); m != nil {
		if m.min != "" {
			v.atLeast(release(m.min))
		}
		if m.max != "" && !stamped {
			v.atMost(release(m.max))
		}
	}
	// read program complete: 0xffff810000000000 gitversion: 5371b48376559ca2…
	if _, rest, ok := bytes.Cut(text, []byte("gitversion: ")); ok {
		hash := bytes.TrimSpace(rest)
		if len(hash) == 40 && isHex(hash) {
			log.GitVersion = string(hash)
			if tag := releases[log.GitVersion]; tag != "" {
				log.Version = tag
			}
		}
	}
}

// dumpLine takes a line of a crash dump.
func (v *versions) dumpLine(b []byte) {
	switch {
	case bytes.HasPrefix(b, []byte("*** signal ")):
		v.atLeast(40)
	case bytes.HasPrefix(b, []byte("signal ")) && isBareSignal(b):
		v.atLeast(41)
		v.atMost(48)
	case bytes.HasPrefix(b, []byte("signal ")):
		v.atMost(39)
	case bytes.HasPrefix(b, []byte(dispatched)):
		v.atMost(29)
	case bytes.HasPrefix(b, []byte("interrupt: ")):
		v.atMost(17)
	case bytes.HasPrefix(b, []byte("kernel load offset ")):
		v.atLeast(50)
	}
}

// Klib "strace" not found in directory "/home/user/.ops/0.1.50/klibs"
var klibDir = lazyregexp.New(`^Klib ".*" not found in directory ".*/(\d+\.\d+\.\d+)(?:-arm)?/klibs"`)

func (v *versions) opsLine(log *Log, text string) {
	if m := klibDir.FindStringSubmatch(text); m != nil && log.Version == "" {
		log.Version = m[1]
	}
}

func (v *versions) conclude(log *Log) {
	if v.max != 0 && v.min > v.max {
		return
	}
	if v.min != 0 {
		log.VersionMin = fmt.Sprintf("0.1.%d", v.min)
	}
	if v.max != 0 {
		log.VersionMax = fmt.Sprintf("0.1.%d", v.max)
	}
}

// release returns N of "0.1.N".
func release(s string) int {
	n, _ := strconv.Atoi(strings.TrimPrefix(s, "0.1."))
	return n
}

// releases are the commits of the release tags of github.com/nanovms/nanos.
var releases = map[string]string{
	"61d82e2bc8afe16fcc77efb282f792238f265c7b": "0.1.37",
	"12381c4c068adb4079fc6bd8a6f6ca5e9e08ddba": "0.1.38",
	"08944434b225f296f5049ca2879982b8d9250efd": "0.1.39",
	"abbf274a0c1806b31bdfc7e5f0e39d012cbc2aaa": "0.1.40",
	"ebb9df4a002edbe5738e32127f60cd3a456f97fa": "0.1.41",
	"65434ad7b4be55484d0c8ee3db3be347e26e1dd5": "0.1.42",
	"3d23ebe02abe4927485d1a6215946f8354195a81": "0.1.43",
	"c3415bde426cc579e0a4d72b97d828bd636419a3": "0.1.44",
	"2e9393b6753e0fb98491a029a3a41380c1716526": "0.1.45",
	"78181b5db67612e9923f753ff082a22e1e7e76b0": "0.1.46",
	"41c61e23db0d358383fdc8c95b1c046eceb4d147": "0.1.47",
	"a3745950fa678c431f861a1e0c16d5332f36ff9b": "0.1.48",
	"5371b48376559ca2ea9cdd3ac3ea5c39f5be5772": "0.1.49",
	"c641f82fc8cca460bfa759a08b0e3de2dcdf7231": "0.1.50",
	"56490868917ab8021c702ec7f21b373fe54aff67": "0.1.51",
	"9995aa37111ae8c176716085080cfded597e2e61": "0.1.52",
	"f695ae1d4d02c901b2ffee8d7124b0d1bd1bf28f": "0.1.53",
	"478b8825bd6edc382080a772b228a49d26d2644b": "0.1.54",
	"ee67af23555584d1b7826015002071e9b9ba7201": "0.1.55",
}
