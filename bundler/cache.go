package bundler

import (
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"github.com/nanodiag/nanodiag/elfdeps"
)

// writeCache puts a loader cache into the image: what an image's own cache says, and
// the names of this plan over it.
func (r *resolver) writeCache() error {
	if len(r.cache) == 0 {
		return nil
	}
	entries := make([]elfdeps.CacheEntry, 0, len(r.cache))
	for _, name := range slices.Sorted(maps.Keys(r.cache)) {
		entries = append(entries, r.cache[name])
	}
	if old, err := fs.ReadFile(r.in.Guest, rel(loaderCache)); err == nil {
		theirs, err := elfdeps.ReadCache(old)
		if err == nil { // a damaged one serves nobody
			for _, e := range theirs {
				if _, ours := r.cache[e.Soname]; !ours {
					entries = append(entries, e)
				}
			}
		}
	}
	content, err := elfdeps.EncodeCache(entries)
	if err != nil {
		return fmt.Errorf("make %s: %w", loaderCache, err)
	}
	return r.layout.add(Entry{
		To: loaderCache, Content: content, Mode: 0o644, Kind: KindCache, Size: int64(len(content)),
		Why: "names the libraries that the guest's loader would not find by itself",
	})
}
