// Package send runs alerts: it keeps what they remember in the history, and sends events to files and webhooks. What was not sent
// waits on disk, so that it is sent after a restart, and of two migtops on one history each event is sent by one.
package send
