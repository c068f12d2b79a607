// Package alert turns one Snapshot after another into events: an alert fires, becomes worse, or ended. It is pure: it has no
// clock and no I/O, and its State is all that it remembers, so that the events do not depend on when migtop was restarted.
//
// An alert is a notice of a tenant, a word of the cutover that a person has to act on, or a source that was lost. What keeps
// the events few and true:
//
//   - Nothing repeats while an alert stands, and each event that says that one fires is followed by one that says when it ended.
//   - Lost data ends no alert. An alert ends where the data that it rests on were read and it is not there any more; otherwise
//     it stands and is marked as not known.
//   - A lost source is one alert, however many tenants it concerns.
//   - An alert that comes and goes fires a second time and then ends once.
package alert
