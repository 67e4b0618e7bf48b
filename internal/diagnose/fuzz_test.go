package diagnose

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nanodiag/nanodiag/internal/ops"
	"github.com/nanodiag/nanodiag/strace"
	"github.com/nanodiag/nanodiag/tracelog"
)

// FuzzDiagnose: whatever the logs say, there is a verdict with a known id, it is the
// same every time, and its patch is one that the configuration takes.
func FuzzDiagnose(f *testing.F) {
	f.Add(boot+loaded+`[2] openat(-100, "a.bin", 0x0, 0x0) = -ENOENT`+"\nno a\n"+ends, nativeLoaded+`10 openat(AT_FDCWD, "a.bin", O_RDONLY) = 3`+"\n"+worked, `{"MapDirs":{"a*":"/x"}}`)
	f.Add(boot+"\n*** signal 11 received by tid 2, errno 0, code 1\n    fault address 0x0\n\n*** Thread context:\n", "", "")
	f.Add("version lookup failed, using local.\nError: json: unknown field \"X/~\"\n", "", `{"X/~":1}`)
	f.Add("    2 openat\n    2 \"/x\" - not found\n    2 direct return: -2, rsp 0xffd3fee8\n", "", `{"Files":["/x"],"Klibs":["a"]}`)
	f.Add(boot+"libx.so.1: cannot open shared object file\nusage: \nNotPresent\n", "1 execve(\"/a\", [], 0x0) = 0\n", `{"Mounts":{"v":"/a"}}`)
	f.Add(boot+"[2] getpid() = 2\n[3] getpid() = 2\n[3] exit(0) = ?\n", "", "")
	tab := table(f)
	f.Fuzz(func(t *testing.T, log, native, cfg string) {
		parsed, err := tracelog.Read(strings.NewReader(log))
		if err != nil {
			t.Skip(err)
		}
		in := Input{Guest: parsed, GuestSource: "log", Table: tab}
		// A native log that cannot be read to its end counts as far as it goes.
		_ = strace.ReadLog(strings.NewReader(native), func(e *strace.Event) error { in.Native = append(in.Native, *e); return nil })
		if c, _, err := ops.ParseConfig("c.json", []byte(cfg)); err == nil {
			in.Config = c
		}
		v := Diagnose(in)
		if len(v.Findings) == 0 || v.Findings[0].ID != v.Cause.ID {
			t.Fatalf("findings %+v do not begin with the cause %+v", v.Findings, v.Cause)
		}
		for _, x := range v.Findings {
			if _, ok := lookup(x.ID); !ok {
				t.Errorf("unknown id %q", x.ID)
			}
			if rank(x.Confidence) == 0 {
				t.Errorf("%s: confidence %q", x.ID, x.Confidence)
			}
		}
		if d := cmp.Diff(v, Diagnose(in)); d != "" {
			t.Errorf("two verdicts on one run:\n%s", d)
		}
	})
}
