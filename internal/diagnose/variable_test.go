package diagnose

import (
	"testing"

	"github.com/nanodiag/nanodiag/strace"
)

// A variable that only the native run had, and that only the failing output names, is
// what the guest lacks, wherever the name comes from.
func TestSpokenVariables(t *testing.T) {
	one := 1
	for _, c := range []struct {
		name, said, native, config string
		want                       string // "" for another cause
	}{
		{name: "python", said: "Traceback (most recent call last):\n  File \"<frozen os>\", line 679, in __getitem__\nKeyError: 'APPKEY'\n", want: "APPKEY"},
		{name: "sys.exit", said: "error: APPKEY is not set\n", want: "APPKEY"},
		{name: "perl", said: "APPKEY is not set at -e line 1.\n", want: "APPKEY"},
		{name: "ruby", said: "-e:1:in `fetch': key not found: \"APPKEY\" (KeyError)\n\tfrom -e:1:in `<main>'\n", want: "APPKEY"},
		{name: "node", said: "[eval]:1\nconsole.log(process.env.APPKEY.length)\n            ^\n\nTypeError: Cannot read properties of undefined (reading 'length')\n    at [eval]:1:13\n", want: "APPKEY"},
		{name: "a word at the end", said: "give me APPKEY.\n", want: "APPKEY"},
		{name: "small letters, marked as a name", said: "key not found: \"app_key\"\n", want: "app_key"},
		{name: "small letters, a word of the message", said: "the prover mode is wrong\n"},
		{name: "part of a path", said: "panic: bad data in /srv/APPKEY/x\n"},
		{name: "a file's name", said: "panic: bad data in APPKEY.bin\n"},
		{name: "the native run speaks of it too", said: "panic: out of luck with APPKEY\n", native: "trying APPKEY\n"},
		{name: "it is set", said: "panic: APPKEY is too short\n", config: `{"Env":{"APPKEY":"x"}}`},
		{name: "variables of every shell", said: "panic: no 'LANG'\n"},
	} {
		in := Input{Guest: guest(t, boot+c.said), Status: &one, NativeExit: &strace.Exit{}, NativeOutput: []byte("fine\n" + c.native),
			Native: natively(t, nativeLoaded+worked), NativeEnv: []string{"APPKEY", "LANG", "app_key", "mode"}, ProgramHas: func(string) bool { return false }}
		if c.config != "" {
			in.Config = config(t, c.config)
		}
		f := Diagnose(in).Cause
		if got := f.ID == "env.missing-variable"; got != (c.want != "") || got && f.Subject != c.want {
			t.Errorf("%s: got %s %s, want %q", c.name, f.ID, f.Subject, c.want)
		}
	}
}
