package diagnose

import (
	"crypto/sha256"
	"encoding/hex"
	"path"
	"strconv"

	"github.com/nanodiag/nanodiag/internal/lazyregexp"
)

// fingerprintVersion changes whenever equal failures would get another fingerprint.
const fingerprintVersion = "1"

// What differs between two runs of one failure: addresses, numbers, times, random names.
var varying = lazyregexp.New(`0x[0-9a-fA-F]+|\d+`)

// fingerprint is equal for one failure in different logs. A cause with a subject is
// the same wherever the subject is; without one the last words stand in.
func (r *run) fingerprint(f Finding) string {
	about := path.Base(f.Subject)
	if f.Subject == "" || f.ID == "unknown" {
		about = ""
		if l, ok := r.lastWord(); ok {
			about = l.Text
		}
	}
	sum := sha256.Sum256([]byte(f.ID + "\x00" + varying.Regexp().ReplaceAllString(about, "#")))
	return fingerprintVersion + ":" + hex.EncodeToString(sum[:6])
}

func itoa(n int) string { return strconv.Itoa(n) }
