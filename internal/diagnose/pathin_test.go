package diagnose

import "testing"

// TestPathIn: the file that is missing, and not who says so.
func TestPathIn(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"/opt/app/prover: cannot open /data/k.bin: No such file or directory": "/data/k.bin",
		"./prover: cannot open keys/k.bin: No such file or directory":         "keys/k.bin",
		"/opt/app/prover: k.bin: No such file or directory":                   "k.bin",
		"/data/k.bin: No such file or directory":                              "/data/k.bin",
		"open conf/app.yaml: no such file or directory":                       "conf/app.yaml",
		"<body>404 Not Found</body>":                                          "",
		"<html><body>cannot open /data/k.bin</body></html>":                   "/data/k.bin",
	} {
		if got := pathIn(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	v := Diagnose(Input{Guest: guest(t, boot+"/opt/app/prover: file not found\n"), Program: "prover", Table: table(t)})
	if v.Cause.Subject == "/opt/app/prover" {
		t.Errorf("the program itself is said to be missing: %+v", v.Cause)
	}
}
