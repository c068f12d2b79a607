// Package clock is the time that migtop goes by. Everything that asks for the
// time takes a Clock, so that tests decide it and a demo can run it faster.
package clock

import "time"

// Clock returns the current time and waits. Tests and the demo replace it.
type Clock interface {
	// Now is the present moment.
	Now() time.Time
	// After returns a channel that gets one value when d has passed on this
	// clock, and a function that gives the wait up.
	After(d time.Duration) (<-chan time.Time, func())
}

// System is the machine's clock.
func System() Clock { return system{} }

type system struct{}

func (system) Now() time.Time { return time.Now() }

func (system) After(d time.Duration) (<-chan time.Time, func()) {
	t := time.NewTimer(d)
	return t.C, func() { t.Stop() }
}

// Scaled returns a clock that starts at epoch and runs speed times as fast as the system clock. At speed 0 it does
// not advance and After never fires. At a high speed After still waits at least 0.1 s of real time.
func Scaled(epoch time.Time, speed float64) Clock {
	return scaled{epoch: epoch, start: time.Now(), speed: max(speed, 0)}
}

type scaled struct {
	epoch, start time.Time
	speed        float64
}

func (s scaled) Now() time.Time {
	return s.epoch.Add(time.Duration(float64(time.Since(s.start)) * s.speed))
}

func (s scaled) After(d time.Duration) (<-chan time.Time, func()) {
	if s.speed == 0 {
		return nil, func() {}
	}
	return system{}.After(max(time.Duration(float64(d)/s.speed), shortest))
}

// shortest is the least time that a scaled clock lets its callers sleep: at a
// great speed everything would be due all the time.
const shortest = 100 * time.Millisecond
