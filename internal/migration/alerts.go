package migration

import "time"

// Alerts are what a person was told of, and what stands. Only a program that runs has them: the screen and migtop alerts.
type Alerts struct {
	// Running says that alerts are watched.
	Running bool
	// Standing are those that stand, the worst first.
	Standing []AlertView
	// Ended are those that ended lately, the newest first.
	Ended []AlertView
	// News are the last events since the program started, the oldest first.
	News []AlertNews
}

// AlertView is one alert.
type AlertView struct {
	// Tenant is "" of a lost source, and of work that belongs to no tenant.
	Tenant Tenant
	// Kind is notice, word or source, Code and About what it is about.
	Kind, Code, About string
	Severity          Severity
	// Text is one sentence with its numbers, and Fix what to do, "" where the text says it.
	Text, Fix string
	// Since is when it began, as far as Basis knows.
	Since time.Time
	Basis SinceBasis
	// Unknown is when it was last known to stand, where data are lost; zero where it is known to stand, or has ended.
	Unknown time.Time
	// Ended is when it was first seen to have ended, EndedAfter when it was last known to stand. Ended is zero of one that was given up
	// without data.
	Ended, EndedAfter time.Time
	// Times is how often it began, with short pauses between.
	Times int
}

// AlertNews is one event.
type AlertNews struct {
	// Seq grows with each event.
	Seq int64
	// Event is firing, changed, resolved or dropped.
	Event    string
	Severity Severity
	Text     string // the whole message
}
