package tracelog

// pendingCalls are the unfinished calls of a thread, or of all that share its name, of
// which nothing was built yet; the last is the first to return.
type pendingCalls struct {
	list []pendingCall
	n    int // how many of list are open; the others keep their memory
}

type pendingCall struct {
	raw  []byte
	line int
	name int // place in the table of names
}

// maxPending bounds the calls of one name; more threads of one name in one call at a
// time are built.
const maxPending = 256

// unfinished remembers a call that blocks; most return and are forgotten.
func (k *skimmer) unfinished(b, thread []byte, at, n int) bool {
	p := k.pending[string(thread)]
	if p == nil {
		if len(k.pending) >= maxThreads {
			return false
		}
		p = new(pendingCalls)
		k.pending[string(thread)] = p
	}
	if p.n >= maxPending {
		return false
	}
	if p.n == len(p.list) {
		p.list = append(p.list, pendingCall{})
	}
	c := &p.list[p.n]
	p.n++
	c.raw, c.line, c.name = append(c.raw[:0], b...), n, at
	return true
}

// resumed takes the second half of a call that tells little.
func (k *skimmer) resumed(b, thread []byte) bool {
	p := k.pending[string(thread)]
	if p == nil || p.n == 0 {
		return false
	}
	var call Call
	if parseCall(b, &call) != complete || call.Phase != Resumed || call.Ret == nil || call.Ret[0] == '-' {
		return false
	}
	at := names.find(call.Name)
	for i := p.n - 1; i >= 0; i-- {
		if p.list[i].name == at {
			c := p.list[i]
			copy(p.list[i:p.n], p.list[i+1:p.n])
			p.n--
			p.list[p.n] = c
			k.b.events.dropped++
			return true
		}
	}
	return false
}

// settle builds the calls that a thread is in, for one that the scanner has taken apart.
func (k *skimmer) settle(thread []byte) {
	if p := k.pending[string(thread)]; p != nil {
		k.buildAll(p)
	}
}

// buildAll makes the events of unfinished calls.
func (k *skimmer) buildAll(p *pendingCalls) {
	n := p.n
	p.n = 0 // building asks for the thread's calls again
	for i := range p.list[:n] {
		c := &p.list[i]
		it := Item{Kind: ItemCall, Line: c.line, Text: c.raw}
		if parseCall(c.raw, &it.Call) == complete {
			k.b.call(&it)
			k.b.late = true
		}
	}
}
