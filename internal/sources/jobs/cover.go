package jobs

// coverAtFirst is since when every Job was surely seen, at the first look.
// Finished Jobs stay in a cluster until something deletes them: TTL, the history
// limits of a CronJob or of a ScaledJob, or a person.
func (m *model) coverAtFirst(now int64) int64 {
	ttl, all, cron := int64(-1), true, false
	oldest := now
	for _, j := range m.jobs {
		if !j.seen {
			continue
		}
		cron = cron || j.cron
		if j.ttl < 0 {
			all = false
		} else if ttl < 0 || j.ttl < ttl {
			ttl = j.ttl
		}
		oldest = earlier(oldest, j.created)
	}
	switch {
	case ttl >= 0 && all:
		return max(now-ttl, m.oldest)
	case ttl < 0 && !cron:
		// Nothing deletes Jobs here by itself.
		return max(oldest, m.oldest)
	}
	return now
}

// shortGap is how long events may have been missed without harm: no Job comes,
// ends and is deleted within it, but by a TTL of seconds.
const shortGap = 5

// coverAfterGap moves the cover where Jobs may have come, ended and gone unseen
// while no watch stood. What ended in the gap is in the list that followed it,
// unless something has deleted it since.
func (m *model) coverAfterGap(now int64) {
	if m.blind == 0 {
		return
	}
	if m.missed {
		m.cover = now
		return
	}
	from := m.blind
	for _, j := range m.jobs {
		if j.seen && j.ttl >= 0 {
			from = max(from, now-j.ttl)
		}
		if j.cron && now-m.blind > shortGap {
			from = now
		}
	}
	if from > m.blind {
		m.cover = max(m.cover, from)
	}
}
