package cutover

// watch is the state of a watch. head and now follow from it.
func (c *coder) watch(w *Watch) {
	n := c.length(len(w.steps), mostSteps)
	if !c.writes {
		w.steps = make([]Step, n)
	}
	for i := range w.steps {
		s := &w.steps[i]
		c.float64(&s.Share)
		c.time(&s.At)
		c.int64s((*int64)(&s.Line95), (*int64)(&s.Line99), &s.LineRuns)
	}
	n = c.length(len(w.overrides), mostOverrides)
	if !c.writes {
		w.overrides = make([]Override, n)
	}
	for i := range w.overrides {
		o := &w.overrides[i]
		c.byte((*uint8)(&o.Kind))
		c.text(&o.Who)
		c.text(&o.Why)
		c.time(&o.At)
		c.time(&o.Until)
	}
	n = c.length(len(w.cells), mostCells)
	if !c.writes {
		w.cells = make([]cell, n)
	}
	for i := range w.cells {
		if c.err != nil {
			return
		}
		c.cell(&w.cells[i])
	}
	c.sums(&w.base)
	c.int32(&w.factsHeldAt)
}

func (c *coder) cell(p *cell) {
	c.int32(&p.at)
	c.byte((*uint8)(&p.have))
	c.byte((*uint8)(&p.state))
	for i := range p.side {
		s := &p.side[i]
		if p.have&haveSide(Side(i)) == 0 {
			continue
		}
		c.int32(&s.runs, &s.failures, &s.messages, &s.failed, &s.empty, &s.startUp, &s.timedOut, &s.killed, &s.images, &s.evicted,
			&s.throttled, &s.dropped, &s.timed, &s.over95, &s.over99, &s.pendingP95, &s.lines)
		c.float32(&s.timeoutRatio, &s.memoryRatio, &s.concurrency)
		c.uint64(&s.version)
	}
	if p.have&haveQueue != 0 {
		q := &p.queue
		c.int32(&q.sent, &q.received, &q.deletedBlue, &q.deletedGreen, &q.depth, &q.blueDepth, &q.inFlight, &q.oldest, &q.deadBlue,
			&q.deadGreen, &q.deadShared)
	}
}

func (c *coder) tally(t *tally) {
	c.int64s(&t.minutes, &t.n, &t.e, &t.attempts, &t.distinct, &t.timed, &t.over95, &t.over99, &t.sinceRuns)
	c.float64(&t.squares)
}

func (c *coder) sums(s *sums) {
	c.int32(&s.at, &s.step, &s.stepAt, &s.since, &s.changedAt, &s.failMinutes)
	c.float64(&s.share, &s.health)
	c.bool(&s.proven)
	for i := range s.harm.parts {
		p := &s.harm.parts[i]
		c.int32(&p.number)
		c.int64s(&p.n[Blue], &p.n[Green], &p.e[Blue], &p.e[Green])
		for j := range p.stakes {
			c.float64(&p.stakes[j])
		}
	}
	for i := range s.versions {
		c.uint64(&s.versions[i])
		c.tally(&s.both[i])
		c.tally(&s.past[i])
	}
	c.float64(&s.usual.minutes, &s.usual.n, &s.usual.e, &s.usual.squares)
	c.int64(&s.split.minutes)
	c.float64(&s.split.green, &s.split.all, &s.split.squaredRatio)
	c.byte((*uint8)(&s.basis))
	c.byte((*uint8)(&s.why))
	c.byte((*uint8)(&s.whySide))
	c.int64((*int64)(&s.compared))

	g := &s.green
	c.int64s(&g.runs, &g.failures, &g.killed, &g.timedOut, &g.images, &g.evicted, &g.dropped)
	c.int32(&g.lastRun)
	for i := range s.recent {
		r := &s.recent[i]
		c.int32(&r.runs, &r.failures, &r.blueRuns, &r.blueFailures)
	}
	r := &s.routed
	c.int64s(&r.backlog, &r.zeroRuns)
	c.float64(&r.green, &r.blue)
	c.int32(&r.zero)

	c.flow(&s.flow)

	l := &s.last
	c.int32(&l.wallAt, &l.memoryAt, &l.pendingAt, &l.throttledAt, &l.imagesAt, &l.pending, &l.startUp)
	c.float32(&l.wall, &l.memory, &l.concurrency)
	c.int64(&l.throttled)
	for i := range s.silence {
		p := &s.silence[i]
		c.bool(&p.known)
		c.int32(&p.runs, &p.minutes)
		c.int64s(&p.all, &p.without)
	}
	p := &s.peak
	c.int32(&p.quarter)
	c.int64s(&p.runs, &p.busiest)

	a := &s.latch
	c.byte((*uint8)(&a.rule))
	c.int32(&a.at, &a.since)
	c.int64s(&a.runs[Blue], &a.runs[Green], &a.failures[Blue], &a.failures[Green])
	c.float64(&a.value)
	for i := range s.cleared {
		c.int32(&s.cleared[i])
	}
	c.int32(&s.overruled, &s.override, &s.heldAt, &s.returnedAt, &s.bothAt)
}

func (c *coder) flow(f *flow) {
	c.byte((*uint8)(&f.state))
	c.bool(&f.counting)
	c.int64s(&f.depth0, &f.inFlight0, &f.moved, &f.received, &f.sent, &f.blue, &f.green, &f.residual, &f.redelivered,
		&f.dead[Blue], &f.dead[Green], &f.dead[sharedDead])
	c.int32(&f.lost, &f.doubled, &f.deadMinutes, &f.oldest, &f.oldestBefore, &f.rising, &f.risenFrom, &f.depth, &f.blueDepth, &f.lastRead)
}
