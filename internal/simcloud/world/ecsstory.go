package world

import "time"

// ecsStory is the second leg of the company's journey: what once left Lambda for tasks on
// ECS moves on to Jobs. No run meets a timeout there, and none takes only seconds.
var ecsStory = []tenant{
	// Moved, and fine.
	{name: "acme", plan: wave1, works: []work{
		{class: "video-transcode", perDay: 420},
		{class: "nightly-report", perDay: 90},
	}},
	// Two names, and runs of two hours.
	{name: "umbrella", label: "umbrella-corp", plan: movedEarly, works: []work{
		{class: "geo-reindex", perDay: 260, median: 118 * time.Minute, spread: 0.08, deadline: 6 * time.Hour},
		{class: "backup-export", perDay: 200},
	}},
	{name: "eastvale", plan: wave1, works: []work{
		{class: "ml-score", perDay: 380},
		{class: "search-index", perDay: 240},
	}},

	// Half and half. This one fails on the new side, for want of memory.
	{name: "initech", plan: wave2Stuck, works: []work{
		{class: "ml-score", perDay: 560, peak: 2650, jitter: 0.2, jobMemory: 3072, retries: 2},
		{class: "csv-import", perDay: 420},
	}},
	{name: "garnet", plan: wave2, works: []work{
		{class: "video-transcode", perDay: 360},
		{class: "search-index", perDay: 320},
	}},
	{name: "larkspur", plan: wave2, works: []work{
		{class: "ml-score", perDay: 420},
		{class: "nightly-report", perDay: 240},
	}},
	{name: "meridian", plan: wave2, works: []work{{class: "geo-reindex", perDay: 420}}},

	// The first runs are on the new side.
	{name: "dunmore", plan: wave3, works: []work{{class: "video-transcode", perDay: 560}}},
	// Its deadline is shorter than one run in five, which has none on ECS.
	{name: "tidewater", plan: wave3, works: []work{
		{class: "backup-export", perDay: 520, median: 515 * time.Second, spread: 0.15, deadline: 10 * time.Minute},
	}},
	{name: "halcyon", plan: wave3Slow, works: []work{{class: "geo-reindex", perDay: 460}}},

	// Not yet moved. This one is killed for memory on ECS.
	{name: "vantage", plan: wave4, works: []work{{class: "nightly-report", perDay: 620, peak: 1850, taskMemory: 2048}}},
	{name: "calderon", plan: wave4, works: []work{{class: "backup-export", perDay: 460}}},
	{name: "hooli", plan: notYet, works: []work{{class: "model-train", perDay: 240, deadline: 8 * time.Hour}}},
	{name: "quillon", plan: notYet, works: []work{{class: "csv-import", perDay: 900}}},
	{name: "zephyr", plan: notYet, works: []work{{class: "ml-score", perDay: 240, errors: 0.021}}},
}

// ecsPools are how many nodes of each pool stay, for the peak of a day of the smaller fleet.
var ecsPools = [pools]int{poolSystem: 2, poolOnDemand: 2, poolSpot: 5, poolArm: 4}
