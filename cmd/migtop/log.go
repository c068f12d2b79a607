package main

import (
	"fmt"
	"io"
	"log"
	"log/slog"
	"os"

	"github.com/adrg/xdg"

	"github.com/migtop/migtop/internal/sources/jobs"
)

// logLimit is the size at which the log is rotated; one old log is kept.
const logLimit = 5 << 20

// openLog makes the log file, which only its owner can read, and sends every
// logger of every library there: nothing but the screen writes to the screen. A
// log that cannot be written is no reason not to start; then nothing is logged.
func openLog(level slog.Level) (*slog.Logger, func()) {
	// client-go goes quiet before it has a chance to say anything.
	jobs.LogTo(slog.New(slog.DiscardHandler))
	log.SetOutput(io.Discard)

	file, err := logFile()
	if err != nil {
		return slog.New(slog.DiscardHandler), func() {}
	}
	logger := slog.New(slog.NewTextHandler(file, &slog.HandlerOptions{Level: level}))
	jobs.LogTo(logger.With("from", "client-go"))
	log.SetOutput(slog.NewLogLogger(logger.Handler(), slog.LevelInfo).Writer())
	return logger, func() { _ = file.Close() }
}

func logFile() (*os.File, error) {
	path, err := xdg.StateFile(logPath)
	if err != nil {
		return nil, fmt.Errorf("find a place for the log: %w", err)
	}
	if info, err := os.Stat(path); err == nil && info.Size() > logLimit {
		if err := os.Rename(path, path+".1"); err != nil {
			return nil, fmt.Errorf("rotate the log: %w", err)
		}
	}
	return os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
}
