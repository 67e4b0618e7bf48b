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
		v.atMost(29)
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
	"148dfb2e7344ca40349a55a7719b75863e3185be": "0.1.9",
	"682f80427d61c127b45a9f2403f1f07600010caa": "0.1.10",
	"edb059b8fde50f1b5a8b15664af9f56e7fbe2224": "0.1.11",
	"a9ccf10bd0ec15931f5f8a7ed7bcea1f6be3a2dc": "0.1.12",
	"9125eea8f8ae01bfb5708496ceb84b7013444d89": "0.1.13",
	"18c6c646e1f37ae5554469241041ab3cda7c235c": "0.1.14",
	"000d69511ec9c0dab377816f304721fa3b048b30": "0.1.15",
	"6c012d383a63f01b441d26b4ef154757c3d9025e": "0.1.16",
	"897a540d9b6bac2397111ee03955dd1371eaa00f": "0.1.17",
	"fe1af1eecd4587c300cc73d37a71714ec937553e": "0.1.18",
	"8f5c2670a6e746a99df975a2b6828925dd45ba8e": "0.1.19",
	"3b66ac121a844aa80058a3af7d58395f24df1745": "0.1.20",
	"48505c36b641f219dc654371003e5af763b72577": "0.1.21",
	"ea92930270a68eec22d9353bee9cb330e9f74ef9": "0.1.22",
	"a8e643b294fbc52000ee19b720784acbbe79d002": "0.1.23",
	"8c4cbae14ff8f8d13be1b023ff71873b30c3e55c": "0.1.24",
	"45bb8eca5cdb89657c2c08fe14a893e1a2269334": "0.1.25",
	"9cb980177df0c372b0879226d9df0fe0003ad744": "0.1.26",
	"882d098f51d57659d6de175c163ba4fe64b84f33": "0.1.27",
	"610406e8c78f38b2d8441df267df736633b42aaa": "0.1.28",
	"e345f7203a5d963e10cbe47c15d46dacb88a2db3": "0.1.29",
	"ff2409413769a2fd194030b7c30eb39654874d3b": "0.1.30",
	"1b136b49b19d5af9b45992f8365e2977e77fe9f6": "0.1.31",
	"f89d1d5996159612fa7bf849e9b3ba541b4afe91": "0.1.32",
	"704135178c569061c3d368188514866252212aab": "0.1.33",
	"adbaa4c20f0e01f31f945fc26236211fb06c4121": "0.1.34",
	"a4d78d6d50633866a86afe174be5e180f0bdefdb": "0.1.35",
	"653ecb66a19fdd28a441bbc46178fcf849924463": "0.1.36",
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
