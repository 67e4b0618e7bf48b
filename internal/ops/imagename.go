package ops

import (
	"cmp"
	"fmt"
	"path"
	"strings"
	"unicode"
)

// image checks the name of the image. Ops 0.1.43 splits the command line that it makes
// for QEMU at white space, and QEMU its -drive at commas:
//
//	qemu-system-x86_64: -drive file=/root/.ops/images/sp: Could not open '/root/.ops/images/sp': No such file or directory
func (b *builder) image() {
	typed := b.p.program(b.cfg)
	name := b.cfg.imageName(typed)
	if typed == "" || imageSafe(name) == name {
		return
	}
	given, what := b.cfg.RunConfig.ImageName, "the image name"
	keys, hint := []string{"RunConfig", "ImageName"}, "choose another name, such as "+imageSafe(name)
	switch {
	case given == "":
		what, keys = "the program's name, which the image gets,", []string{"Program"}
		hint = "name the image otherwise: -i " + imageSafe(name) + ", or rename the program"
	case b.p.Flags.ImageName != "":
		keys, hint = nil, "name it otherwise: -i "+imageSafe(name)
	}
	b.problem(Error, "ops.config-value", cmp.Or(given, typed),
		fmt.Sprintf("%s %q has a blank or a comma: Ops makes two words of it, and QEMU does not find the image", what, path.Base(name)), hint, keys...)
	if line, _ := b.cfg.Place("RunConfig", "ImageName"); line > 0 && b.p.Flags.ImageName == "" && given != "" {
		ptr, _ := b.cfg.Pointer("RunConfig", "ImageName")
		b.issues[len(b.issues)-1].Mends = []Mend{{Does: "naming the image " + imageSafe(name), Patch: []PatchOp{{Op: "replace", Path: ptr, Value: imageSafe(name)}}}}
	}
}

// imageSafe is a name with "-" in place of what no image name may have.
func imageSafe(name string) string {
	return strings.Map(func(r rune) rune {
		if r == ',' || unicode.IsSpace(r) {
			return '-'
		}
		return r
	}, name)
}
