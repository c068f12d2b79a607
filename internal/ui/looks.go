package ui

import "github.com/migtop/migtop/internal/ui/canvas"

// The looks that every screen draws with, by short names.
const (
	none     = canvas.None
	text     = canvas.Text
	dim      = canvas.Dim
	strong   = canvas.Strong
	accent   = canvas.Accent
	lambda   = canvas.Lambda
	jobs     = canvas.Jobs
	good     = canvas.Good
	warn     = canvas.Warn
	bad      = canvas.Bad
	idle     = canvas.Idle
	chipText = canvas.ChipText
	demoText = canvas.DemoText

	lambdaArea   = canvas.LambdaArea
	jobsArea     = canvas.JobsArea
	idleArea     = canvas.IdleArea
	platformArea = canvas.PlatformArea
	line         = canvas.Line
	track        = canvas.Track
	chip         = canvas.Chip
	demoChip     = canvas.DemoChip
	selected     = canvas.Selected
	raised       = canvas.Raised

	bold = canvas.Bold
)

func ink(fg canvas.Role) canvas.Style { return canvas.Ink(fg) }
