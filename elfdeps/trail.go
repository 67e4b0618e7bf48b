package elfdeps

// trail collects the paths that one search tries, as far as the closure has room.
type trail struct {
	paths []string
	more  int   // paths that found no room
	room  *room // of the closure
}

// room counts what a closure remembers for missing libraries.
type room struct{ paths, bytes int }

// add notes the path dir+name.
func (t *trail) add(l *Loader, dir, name string) {
	r := t.room
	if r.paths >= maxTried || r.bytes+len(l.cfg.Cwd)+len(dir)+len(name) >= maxTriedBytes {
		t.more++
		return
	}
	p := l.abs(dir + name)
	t.paths = append(t.paths, p)
	r.paths++
	r.bytes += len(p)
}
