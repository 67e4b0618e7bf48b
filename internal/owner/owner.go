// Package owner tells which package of a system installed a file: who is to be
// updated when a bundled library is, and under which licence it is passed on.
//
// In go a root directory's file system and paths in it; out come package names with
// versions. The databases of dpkg (Debian, Ubuntu) and apk (Alpine) are read as they
// lie on the disk. rpm's is SQLite or Berkeley DB, for which this package has no
// reader: there the answer is empty.
package owner

import (
	"io/fs"
	"path"
	"strings"
)

// Find returns for each of the absolute paths that a package owns its name and
// version, "libgomp1 12.2.0-14". Symlinks are not followed: give real paths. A system
// without a known database gives an empty map, and so does one that cannot be read.
func Find(root fs.FS, paths []string) map[string]string {
	w := newWanted(paths)
	owned := dpkg(root, w)
	if len(owned) == 0 {
		owned = apk(root, w)
	}
	return owned
}

// wanted are the paths to find, by each name under which a package may list them.
type wanted map[string]string

// usrMerged are the directories that are links into /usr on a merged system: packages
// that were built before the merge list their files there.
var usrMerged = [...]string{"/lib", "/lib64", "/bin", "/sbin", "/lib32", "/libx32"}

func newWanted(paths []string) wanted {
	w := make(wanted, 2*len(paths))
	for _, p := range paths {
		p = path.Clean(p)
		w[p] = p
		if tail, ok := strings.CutPrefix(p, "/usr"); ok {
			for _, d := range usrMerged {
				if strings.HasPrefix(tail, d+"/") {
					w[tail] = p
				}
			}
		}
	}
	return w
}
