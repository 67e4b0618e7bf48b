package nanos

// note is what a running guest showed of the semantics of some calls.
type note struct {
	Topic    string
	Fact     string
	Versions string
	Syscalls []string
}

// Notes returns what is known of a call beyond its status, as sentences that begin
// with their topic: `wait: wait4 is "ignored": it returns 0 at once …`.
func (t *Table) Notes(call string) []string {
	var out []string
	for _, n := range t.notes {
		for _, c := range n.Syscalls {
			if c == call {
				out = append(out, n.Topic+": "+n.Fact)
				break
			}
		}
	}
	return out
}
