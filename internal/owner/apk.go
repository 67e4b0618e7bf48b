package owner

import (
	"bufio"
	"io/fs"
	"path"
)

// apkDatabases are where apk lists what it installed, the newer place first.
var apkDatabases = [...]string{"usr/lib/apk/db/installed", "lib/apk/db/installed"}

// apk reads the one file in which apk keeps everything: a paragraph for each package,
// with a directory line before the files in it.
//
//	P:musl
//	V:1.2.4-r2
//	F:lib
//	R:ld-musl-x86_64.so.1
func apk(root fs.FS, w wanted) map[string]string {
	owner, versions := map[string]string{}, map[string]string{}
	for _, name := range apkDatabases {
		f, err := root.Open(name)
		if err != nil {
			continue
		}
		defer f.Close()
		pkg, dir := "", ""
		lines := bufio.NewScanner(f)
		lines.Buffer(nil, 1<<20) // a dependency list may be long
		for lines.Scan() {
			l := lines.Text()
			if len(l) < 2 || l[1] != ':' {
				continue
			}
			switch value := l[2:]; l[0] {
			case 'P':
				pkg, dir = value, ""
			case 'V':
				versions[pkg] = value
			case 'F':
				dir = value
			case 'R':
				if p, ok := w[path.Join("/", dir, value)]; ok {
					owner[p] = pkg
				}
			}
		}
		break
	}
	return withVersions(owner, versions)
}
