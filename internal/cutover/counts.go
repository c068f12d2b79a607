package cutover

// count follows the share: since the step, after its backlog. It halves what is old, so that a drift shows. Where runs are not
// resolved to messages, those count that left the queue; without a queue, the share is not known.
func (r *routed) count(s *sums, c *cell, n [2]int64, resolved bool) {
	if s.share == 0 {
		return
	}
	if !resolved && c.have&haveQueue != 0 && c.state == QueueRead {
		n, resolved = [2]int64{int64(c.queue.deletedBlue), int64(c.queue.deletedGreen)}, true
	}
	if r.backlog <= 0 && resolved {
		r.green += float64(n[Green])
		r.blue += float64(n[Blue])
		if r.green+r.blue > 8192 {
			r.green, r.blue = r.green/2, r.blue/2
		}
	}
	if c.side[Green].runs > 0 {
		r.zero, r.zeroRuns = 0, 0
		return
	}
	r.zero++
	r.zeroRuns += int64(c.side[Blue].runs)
	if r.zero >= returnMinutes && float64(r.zeroRuns) >= max(50, 10/s.share) {
		s.release(s.at)
		s.begin(s.at + 1)
	}
}

// returnMinutes is how long green must have had no run, while blue had many, for the share to count as 0 again.
const returnMinutes = 15

// count adds up the messages of a quarter of an hour.
func (p *peak) count(at int32, n int64) {
	if q := at / 15; q != p.quarter {
		p.quarter, p.runs = q, 0
	}
	p.runs += n
	p.busiest = max(p.busiest, p.runs)
}

// countGreen adds what green did in a minute.
func (s *sums) countGreen(c *cell) {
	p := &c.side[Green]
	g := &s.green
	g.runs += int64(p.runs)
	g.failures += int64(p.failures)
	g.killed += int64(max(p.killed, 0))
	g.timedOut += int64(max(p.timedOut, 0))
	g.evicted += int64(max(p.evicted, 0))
	g.images += int64(max(p.images, 0))
	g.dropped += int64(max(p.dropped, 0)) + int64(max(c.side[Blue].dropped, 0))
	if p.runs == 0 {
		return
	}
	g.lastRun = c.at
	copy(s.recent[1:], s.recent[:])
	r := &s.recent[0]
	r.runs, r.failures, r.blueRuns, r.blueFailures = p.runs, p.failures, 0, 0
	if c.have&haveBlue != 0 {
		r.blueRuns, r.blueFailures = c.side[Blue].runs, c.side[Blue].failures
	}
}

// count follows the log lines of one side.
func (s *silence) count(p *sideCell) {
	if p.lines == unknown {
		return
	}
	s.known = true
	s.all += int64(p.runs)
	switch {
	case p.lines > 0:
		s.runs, s.minutes = 0, 0
	case p.runs > 0:
		s.without += int64(p.runs)
		s.runs = min(s.runs+p.runs, 1<<30)
		s.minutes++
	}
}

// limitsSeen remembers when a limit was reached last.
func (s *sums) limitsSeen(c *cell, l *Limits) {
	if b := &c.side[Blue]; c.have&haveBlue != 0 && b.concurrency >= 0 {
		s.last.concurrency = b.concurrency
	}
	if c.have&haveGreen == 0 {
		return
	}
	g := &c.side[Green]
	if g.startUp >= 0 {
		s.last.startUp = g.startUp
	}
	if g.images > 0 {
		s.last.imagesAt = c.at
	}
	if g.timeoutRatio > float32(l.at(WallRatio)) {
		s.last.wallAt, s.last.wall = c.at, g.timeoutRatio
	}
	if g.memoryRatio > float32(l.at(MemoryRatioLimit)) {
		s.last.memoryAt, s.last.memory = c.at, g.memoryRatio
	}
	if float64(g.pendingP95) > l.at(StartBudget) {
		s.last.pendingAt, s.last.pending = c.at, g.pendingP95
	}
	if b := &c.side[Blue]; c.have&haveBlue != 0 && b.throttled > 0 && g.runs == 0 && s.share > 0 {
		s.last.throttled += int64(b.throttled)
		s.last.throttledAt = c.at
	}
}
