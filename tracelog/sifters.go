package tracelog

import "runtime"

// sifters are the chunks on their way through sifting, and who does it. Small logs are
// sifted where they are read.
type sifters struct {
	own   sifter // for what is sifted at once
	given int
	jobs  chan *chunk // nil until there are workers
	queue []*chunk    // given, not taken yet
	free  []*chunk
}

const (
	// aheadChunks is how many chunks for each worker wait for it or for their turn.
	aheadChunks = 3
	maxSifters  = 8
)

// chunk returns one that is not in use.
func (s *sifters) chunk(size int) *chunk {
	if n := len(s.free); n > 0 {
		c := s.free[n-1]
		s.free = s.free[:n-1]
		return c
	}
	return &chunk{buf: make([]byte, size), done: make(chan struct{}, 1)}
}

func (s *sifters) inline(t *skimTable) *sifter {
	s.own.skimTable = t
	return &s.own
}

// workers is how many there are when there are any.
func workers() int { return min(runtime.GOMAXPROCS(0), maxSifters) }

// give has a chunk sifted and takes those that are ready.
func (k *skimmer) give(c *chunk) error {
	s := &k.sifters
	s.given++
	if s.given <= k.soloChunks || workers() == 1 {
		s.inline(k.skimTable).sift(c)
		return k.taken(c)
	}
	if s.jobs == nil {
		s.jobs = make(chan *chunk, aheadChunks*workers())
		for range workers() {
			go func(jobs <-chan *chunk) {
				z := sifter{skimTable: k.skimTable}
				for c := range jobs {
					z.sift(c)
					c.done <- struct{}{}
				}
			}(s.jobs)
		}
	}
	s.jobs <- c
	s.queue = append(s.queue, c)
	if len(s.queue) < cap(s.jobs) {
		return nil
	}
	return k.next()
}

// next takes the oldest chunk when it is sifted.
func (k *skimmer) next() error {
	s := &k.sifters
	c := s.queue[0]
	s.queue = append(s.queue[:0], s.queue[1:]...)
	<-c.done
	return k.taken(c)
}

func (k *skimmer) taken(c *chunk) error {
	err := k.take(c)
	k.sifters.free = append(k.sifters.free, c)
	return err
}

// drain takes all chunks that were given.
func (k *skimmer) drain() error {
	for len(k.sifters.queue) > 0 {
		if err := k.next(); err != nil {
			return err
		}
	}
	return nil
}

// stop sends the workers home.
func (s *sifters) stop() {
	if s.jobs != nil {
		close(s.jobs)
		s.jobs = nil
	}
}
