package timeseries

import (
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// Minutes are what a history is to keep: what became known since it was last handed out. The same minute may come again.
type Minutes struct {
	At      time.Time // when they were handed out
	Streams []StreamBuckets
	Queues  []QueueBuckets
	Words   []TenantWord
	Watched []Watched
}

// Empty reports whether there is nothing to keep.
func (m *Minutes) Empty() bool {
	return len(m.Streams) == 0 && len(m.Queues) == 0 && len(m.Words) == 0 && len(m.Watched) == 0
}

// StreamBuckets are buckets of one stream, in any order. Nobody changes them.
type StreamBuckets struct {
	Stream  Stream
	Buckets []Bucket
}

// QueueBuckets are buckets of one queue, in any order.
type QueueBuckets struct {
	Scope, Name string
	Buckets     []migration.QueueBucket
}

// TenantWord is what was said of a tenant in a minute.
type TenantWord struct {
	Tenant migration.Tenant
	At     time.Time // the start of the minute
	Word   migration.VerdictWord
	// Cost is the verdict of the costs alone.
	Cost    migration.Decision
	Notices []NoticeMark
}

// NoticeMark is a notice without its text.
type NoticeMark struct {
	Severity migration.Severity
	Code     string
	About    string
}

// Watched is a range of time in which a source was watched: nothing of it is missing.
type Watched struct {
	Source   string // with its account and region
	From, To time.Time
}
