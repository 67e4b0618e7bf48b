package ops

import (
	"context"
	"fmt"
	"io/fs"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/nanodiag/nanodiag/internal/guestfs"
	"github.com/nanodiag/nanodiag/internal/lazyregexp"
)

// VolumeTree lists what is on a raw volume: names and links, without sizes and
// contents, at their paths in the guest. It asks ops, because the volume is a file
// system of Nanos's own.
func (in Installation) VolumeTree(ctx context.Context, v VolumeInfo) (*guestfs.Tree, error) {
	if v.Kind != VolumeImage || in.Ops == "" {
		return nil, fmt.Errorf("list volume %s: no raw volume, or no ops to read it", v.Label)
	}
	_, uuid, _ := strings.Cut(strings.TrimSuffix(filepath.Base(v.File), ".raw"), ":")
	tree, err := in.list(ctx, v.Path, fmt.Sprintf("volume %s", v.Label), "volume", "tree", uuid)
	if err != nil {
		return nil, fmt.Errorf("list volume %s: %w", v.Label, err)
	}
	return tree, nil
}

// listPatience covers the look for news on the network that every ops command begins
// with.
const listPatience = 30 * time.Second

func (in Installation) list(ctx context.Context, at, origin string, args ...string) (*guestfs.Tree, error) {
	ctx, cancel := context.WithTimeout(ctx, listPatience)
	defer cancel()
	cmd := exec.CommandContext(ctx, in.Ops, args...)
	cmd.Env = RunSpec{}.environ(in, "")
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("ops %s: %w", strings.Join(args, " "), err)
	}
	return parseTree(string(out), at, origin), nil
}

// treeLine is a line of `ops image tree`: "|   " for every level, then the name,
// blue for a directory, cyan with " -> target" for a link, white for a file.
var treeLine = lazyregexp.New("^((?:\\|   )+)\x1b\\[(\\d+)m(.*?)\x1b\\[0m(?: -> (.*))?$")

// parseTree reads the listing into a tree below at. What lies below a directory
// named "." or ".." is left out: no guest path leads there.
func parseTree(text, at, origin string) *guestfs.Tree {
	tree := guestfs.New()
	var stack []string
	for line := range strings.Lines(text) {
		m := treeLine.FindStringSubmatch(strings.TrimSuffix(line, "\n"))
		if m == nil {
			continue
		}
		depth := len(m[1]) / len("|   ")
		if depth > len(stack)+1 { // a name with a line break took its parent's place
			continue
		}
		stack = append(stack[:depth-1], m[3])
		name := strings.Join(stack, "/")
		if _, ok := split(name); !ok {
			continue
		}
		n := guestfs.Node{Mode: 0o777, Origin: origin}
		switch m[2] {
		case "34":
			n.Mode = fs.ModeDir | 0o755
		case "36":
			n.Mode, n.Target = fs.ModeSymlink|0o777, m[4]
		}
		_ = tree.Add(path.Join(at, name), n) // fails only on such broken names
	}
	return tree
}
