package jobs

import (
	"log/slog"

	"k8s.io/klog/v2"
)

// LogTo sends what the Kubernetes libraries log to a logger. They have one for
// the whole program, which writes to standard error, over a screen that is drawn
// there: call it once, before anything else, also with a logger that discards.
func LogTo(l *slog.Logger) { klog.SetSlogLogger(l) }
