package loop

import (
	"context"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/nanodiag/nanodiag/bundler"
	"github.com/nanodiag/nanodiag/elfdeps"
	"github.com/nanodiag/nanodiag/internal/diagnose"
	"github.com/nanodiag/nanodiag/internal/report"
)

// MaxTrials bounds how many runs a minimisation takes. What needs nothing falls with
// the first; each group that is needed costs about twice the logarithm of their
// number.
const MaxTrials = 24

// unasked lists the entries of a bundle that a run never asked for, by any of their
// names. The run shows it for its own input only: what a family brings for others does
// not count.
func unasked(plan *bundler.Plan, r *round) []string {
	names := map[string]string{} // guest path to the entry that lies there
	for _, e := range plan.Entries {
		names[e.To] = e.To
	}
	links := map[string]string{}
	for _, e := range plan.Entries {
		if e.Link != "" {
			links[e.To] = target(e)
		}
	}
	used := map[string]bool{}
	for i := range r.run.log.Events {
		e := &r.run.log.Events[i]
		p := e.Abs
		if p == "" {
			p = path.Join("/", e.Path)
		}
		if e.Path != "" && e.OK() {
			follow(p, links, used)
		}
	}
	var out []string
	for _, e := range plan.Entries {
		if e.Kind != bundler.KindCache && e.Family == "" && !used[e.To] {
			out = append(out, e.To)
		}
	}
	return out
}

// target is the guest path that a link names.
func target(e bundler.Entry) string {
	if path.IsAbs(e.Link) {
		return path.Clean(e.Link)
	}
	return path.Join(path.Dir(e.To), e.Link)
}

// follow marks p, the directories above it, and where their links lead.
func follow(p string, links map[string]string, used map[string]bool) {
	for range 40 { // as many links as the kernels follow
		for d := p; d != "/" && !used[d]; d = path.Dir(d) {
			used[d] = true
		}
		next := ""
		for d := p; d != "/"; d = path.Dir(d) {
			if to, ok := links[d]; ok {
				next = path.Join(to, strings.TrimPrefix(p, d))
				break
			}
		}
		if next == "" {
			return
		}
		p = next
	}
}

// groups are entries that stay or go together: a file with the links that lead to it,
// and the data files of one directory. What a family brings for other inputs is in
// none: no run of this one can show that it is needed.
func groups(plan *bundler.Plan) [][]string {
	links := map[string]string{}
	for _, e := range plan.Entries {
		if e.Link != "" {
			links[e.To] = target(e)
		}
	}
	var order []string
	members := map[string][]string{}
	family := map[string]bool{}
	for _, e := range plan.Entries {
		if e.Kind == bundler.KindCache {
			continue
		}
		end := e.To
		for range 40 {
			to, ok := links[end]
			if !ok {
				break
			}
			end = to
		}
		key := path.Dir(end)
		if k := kindAt(plan, end); k == bundler.KindLibrary || k == bundler.KindDir {
			key = end
		}
		if len(members[key]) == 0 {
			order = append(order, key)
		}
		members[key] = append(members[key], e.To)
		family[key] = family[key] || e.Family != ""
	}
	var out [][]string
	for _, key := range order {
		if !family[key] {
			out = append(out, members[key])
		}
	}
	return out
}

func kindAt(plan *bundler.Plan, p string) bundler.Kind {
	for _, e := range plan.Entries {
		if e.To == p {
			return e.Kind
		}
	}
	return ""
}

// withoutEntries is the plan without some entries, and its loader cache without the
// libraries that are gone.
func withoutEntries(plan *bundler.Plan, drop map[string]bool) *bundler.Plan {
	less := *plan
	less.Entries, less.Size = nil, 0
	for _, e := range plan.Entries {
		if drop[e.To] || e.Kind == bundler.KindCache && !shrinkCache(&e, drop) {
			continue
		}
		less.Entries = append(less.Entries, e)
		less.Size += e.Size
	}
	return &less
}

// shrinkCache takes names out of a loader cache; false when none is left. A cache that
// cannot be read stays as it is: loaders pass over names of nothing.
func shrinkCache(e *bundler.Entry, drop map[string]bool) bool {
	names, err := elfdeps.ReadCache(e.Content)
	if err != nil {
		return true
	}
	names = slices.DeleteFunc(names, func(c elfdeps.CacheEntry) bool { return drop[path.Clean(c.Path)] })
	b, err := elfdeps.EncodeCache(names)
	if err != nil {
		return true
	}
	e.Content, e.Size = b, int64(len(b))
	return len(names) > 0
}

// trials is a minimisation under way.
type trials struct {
	s     *session
	d     *draft
	whole *bundler.Plan
	good  *round          // the passing run that every trial must equal
	gone  map[string]bool // proved unneeded
	runs  int
	cut   bool // MaxTrials came first
}

// minimise drops from the draft's bundle what the program works without: first all
// that the passing run did not ask for, at once, then by halves. Each trial is a run
// of its own on the same engine, judged as every other. The draft ends with the
// smallest bundle that passed; last is the run that proved it.
func (s *session) minimise(ctx context.Context, d *draft, good *round) (last *round, err error) {
	t := &trials{s: s, d: d, whole: d.plan, good: good, gone: map[string]bool{}}
	idle := map[string]bool{}
	for _, p := range unasked(d.plan, good) {
		idle[p] = true
	}
	var first, rest [][]string
	for _, g := range groups(d.plan) {
		var quiet, asked []string
		for _, p := range g {
			if idle[p] {
				quiet = append(quiet, p)
			} else {
				asked = append(asked, p)
			}
		}
		// A link that was not asked for may go alone, a file only with its links.
		if len(quiet) > 0 && (len(asked) == 0 || standsAlone(d.plan, quiet)) {
			first = append(first, quiet)
		} else {
			asked = append(asked, quiet...)
		}
		if len(asked) > 0 {
			rest = append(rest, asked)
		}
	}
	last = good
	for _, set := range [][][]string{first, rest} {
		if last, err = t.drop(ctx, set, last); err != nil {
			return nil, err
		}
	}
	less := withoutEntries(t.whole, t.gone)
	if err := t.stage(less); err != nil {
		return nil, err
	}
	s.rep.Minimised = &report.Minimised{Runs: t.runs, Entries: len(t.gone), Size: t.whole.Size - less.Size, Stopped: t.cut}
	return last, nil
}

// standsAlone reports whether no link that stays leads to one of the paths.
func standsAlone(plan *bundler.Plan, paths []string) bool {
	for _, e := range plan.Entries {
		if e.Link != "" && !slices.Contains(paths, e.To) && slices.Contains(paths, target(e)) {
			return false
		}
	}
	return true
}

// drop tries to do without all of set, else without its halves.
func (t *trials) drop(ctx context.Context, set [][]string, last *round) (*round, error) {
	if len(set) == 0 {
		return last, nil
	}
	if t.runs >= MaxTrials {
		t.cut = true
		return last, nil
	}
	less := map[string]bool{}
	for p := range t.gone {
		less[p] = true
	}
	for _, g := range set {
		for _, p := range g {
			less[p] = true
		}
	}
	r, err := t.try(ctx, less)
	if err != nil {
		return nil, err
	}
	if r != nil {
		t.gone = less
		return r, nil
	}
	if len(set) == 1 {
		return last, nil
	}
	for _, half := range [][][]string{set[:len(set)/2], set[len(set)/2:]} {
		if last, err = t.drop(ctx, half, last); err != nil {
			return nil, err
		}
	}
	return last, nil
}

// try runs the image without some entries; nil when that does not do.
func (t *trials) try(ctx context.Context, drop map[string]bool) (*round, error) {
	if err := t.stage(withoutEntries(t.whole, drop)); err != nil {
		return nil, err
	}
	p, err := t.d.project()
	if err != nil {
		return nil, err
	}
	t.runs++
	kept := len(t.s.rep.Incomplete)
	r, err := t.s.roundOf(ctx, runName{n: t.s.lastRound(), trial: t.runs}, p, true)
	if err != nil {
		return nil, err
	}
	if r.outcome != diagnose.OutcomeOK || t.good.like.better(r.like) {
		t.s.rep.Incomplete = t.s.rep.Incomplete[:kept] // of an image that nobody gets
		return nil, nil
	}
	return r, nil
}

func (t *trials) stage(plan *bundler.Plan) error {
	return t.d.shrink(plan, filepath.Join(t.s.dir, fmt.Sprintf("bundle-min-%d", t.runs)))
}
