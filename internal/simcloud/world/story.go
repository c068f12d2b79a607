package world

import (
	"time"

	"github.com/migtop/migtop/internal/migration"
)

// workType is a kind of work that many tenants have: how much of it a run is, and
// how it is set up on each side.
type workType struct {
	name    string
	shape   shape
	runtime string
	arch    migration.Arch // of the Lambda function

	memoryMB int           // Lambda's MemorySize
	timeout  time.Duration // Lambda's Timeout

	median time.Duration // of a run's work, on Lambda
	spread float64       // standard deviation of its logarithm
	peak   int           // median of the peak working set, MiB
	jitter float64       // standard deviation of the peak's logarithm, in addition to the run's size
	cores  float64       // mean processor use

	jobCPU    int // request, millicores
	jobMemory int // request and limit, MiB
	jobPool   pool
	jobSpeed  float64 // run time on Jobs over run time on Lambda
	reports   bool    // its Jobs write what they used into their termination message
}

// classes are what the company does for its tenants. Prices of a run on Lambda
// range from 2 cents of a cent (webhook-fanout) to 10 cents (video-transcode).
var classes = map[string]workType{
	"thumbnails": {
		shape: evening, runtime: "nodejs22.x", arch: migration.Arm64, memoryMB: 1536, timeout: 60 * time.Second,
		median: 4 * time.Second, spread: 0.5, peak: 620, jitter: 0.12, cores: 0.7, jobCPU: 500, jobMemory: 1280, jobPool: poolArm, jobSpeed: 1.05,
	},
	"invoice-pdf": {
		shape: office, runtime: "python3.13", arch: migration.X86, memoryMB: 1024, timeout: 120 * time.Second,
		median: 7 * time.Second, spread: 0.4, peak: 410, jitter: 0.1, cores: 0.5, jobCPU: 500, jobMemory: 768, jobPool: poolOnDemand,
		jobSpeed: 1.0,
	},
	"webhook-fanout": {
		shape: office, runtime: "nodejs22.x", arch: migration.Arm64, memoryMB: 512, timeout: 30 * time.Second,
		median: 3 * time.Second, spread: 0.25, peak: 210, jitter: 0.08, cores: 0.3, jobCPU: 500, jobMemory: 1024, jobPool: poolOnDemand,
		jobSpeed: 1.0, reports: true,
	},
	"csv-import": {
		shape: office, runtime: "python3.13", arch: migration.X86, memoryMB: 2048, timeout: 15 * time.Minute,
		median: 95 * time.Second, spread: 0.55, peak: 900, jitter: 0.15, cores: 0.8, jobCPU: 1000, jobMemory: 2048, jobPool: poolOnDemand,
		jobSpeed: 1.02, reports: true,
	},
	"search-index": {
		shape: flat, runtime: "java21", arch: migration.X86, memoryMB: 3072, timeout: 15 * time.Minute,
		median: 140 * time.Second, spread: 0.4, peak: 1700, jitter: 0.1, cores: 1.1, jobCPU: 1000, jobMemory: 3072, jobPool: poolOnDemand,
		jobSpeed: 1.05,
	},
	"ml-score": {
		shape: office, runtime: "python3.13", arch: migration.X86, memoryMB: 6144, timeout: 15 * time.Minute,
		median: 220 * time.Second, spread: 0.3, peak: 2500, jitter: 0.15, cores: 1.9, jobCPU: 2000, jobMemory: 6144, jobPool: poolSpot,
		jobSpeed: 0.97, reports: true,
	},
	"nightly-report": {
		shape: nightly, runtime: "java21", arch: migration.X86, memoryMB: 3008, timeout: 15 * time.Minute,
		median: 400 * time.Second, spread: 0.18, peak: 1600, jitter: 0.08, cores: 1.0, jobCPU: 1000, jobMemory: 3072, jobPool: poolOnDemand,
		jobSpeed: 0.98, reports: true,
	},
	"video-transcode": {
		shape: evening, runtime: "provided.al2023", arch: migration.X86, memoryMB: 10240, timeout: 15 * time.Minute,
		median: 430 * time.Second, spread: 0.17, peak: 4300, jitter: 0.1, cores: 3.6, jobCPU: 4000, jobMemory: 8192, jobPool: poolSpot,
		jobSpeed: 1.08, reports: true,
	},
	"geo-reindex": {
		shape: flat, runtime: "provided.al2023", arch: migration.Arm64, memoryMB: 8192, timeout: 15 * time.Minute,
		median: 520 * time.Second, spread: 0.12, peak: 5100, jitter: 0.06, cores: 1.8, jobCPU: 2000, jobMemory: 8192, jobPool: poolArm,
		jobSpeed: 1.0, reports: true,
	},
	"backup-export": {
		shape: hourly, runtime: "python3.13", arch: migration.X86, memoryMB: 4096, timeout: 15 * time.Minute,
		median: 430 * time.Second, spread: 0.16, peak: 1900, jitter: 0.1, cores: 0.9, jobCPU: 1000, jobMemory: 4096, jobPool: poolOnDemand,
		jobSpeed: 1.0,
	},
	"statements": {
		shape: office, runtime: "python3.13", arch: migration.Arm64, memoryMB: 2048, timeout: 5 * time.Minute,
		median: 34 * time.Second, spread: 0.35, peak: 590, jitter: 0.1, cores: 0.8, jobCPU: 500, jobMemory: 1024, jobPool: poolOnDemand,
		jobSpeed: 1.02, reports: true,
	},
	"orders": {
		shape: flat, runtime: "python3.13", arch: migration.X86, memoryMB: 512, timeout: 20 * time.Second,
		median: 4 * time.Second, spread: 0.2, peak: 180, jitter: 0.05, cores: 0.3, jobCPU: 250, jobMemory: 512, jobPool: poolOnDemand,
		jobSpeed: 0.96, reports: true,
	},
	"bookings": {
		shape: evening, runtime: "python3.13", arch: migration.X86, memoryMB: 512, timeout: 20 * time.Second,
		median: 4 * time.Second, spread: 0.2, peak: 180, jitter: 0.05, cores: 0.3, jobCPU: 250, jobMemory: 512, jobPool: poolOnDemand,
		jobSpeed: 0.96, reports: true,
	},
	"imports": {
		shape: flat, runtime: "python3.13", arch: migration.X86, memoryMB: 512, timeout: 15 * time.Minute,
		median: 4 * time.Second, spread: 0.2, peak: 180, jitter: 0.05, cores: 0.3, jobCPU: 250, jobMemory: 512, jobPool: poolOnDemand,
		jobSpeed: 0.96, reports: true,
	},
	"index-vacuum": {
		shape: flat, median: 4 * time.Minute, spread: 0.3, peak: 300, jitter: 0.1, cores: 0.3, jobCPU: 250, jobMemory: 512,
		jobPool: poolOnDemand, jobSpeed: 1,
	},
	"model-train": {
		shape: flat, runtime: "python3.13", arch: migration.X86, memoryMB: 10240, timeout: 15 * time.Minute,
		median: 115 * time.Minute, spread: 0.12, peak: 3900, jitter: 0.08, cores: 1.7, jobCPU: 2000, jobMemory: 6144, jobPool: poolSpot,
		jobSpeed: 1,
	},
}

// work is one workload of one tenant. Zero fields are the class's.
type work struct {
	class  string
	perDay float64 // runs on a mean day, both sides together

	median    time.Duration
	spread    float64
	peak      int
	jitter    float64
	jobCPU    int
	jobMemory int
	jobPool   pool
	deadline  time.Duration // activeDeadlineSeconds; 0: 4 h
	retries   int           // backoffLimit; 0: 3, -1: none

	jobsOnly bool // never a Lambda run: the function, where there is one, is idle
	function bool // with jobsOnly: the old function is still there

	errors    float64 // share of Lambda runs that fail by themselves; 0: 0.3 %
	jobErrors float64 // share of Job attempts that fail by themselves; 0: 0.2 %
	throttled float64 // refused attempts for each accepted invocation at peak
	nodeType  string  // a node label that pods insist on, which no node has
	every     time.Duration

	taskMemory int // of its task on ECS, MiB; 0: what the function had

	receives int // how often its queue delivers a message that fails; 0: it has no such queue
	mishap   mishap
}

// tenant is one customer of the company.
type tenant struct {
	name  string
	label string // on Kubernetes, where it has another name there
	lost  bool   // the lines of its Jobs arrive nowhere
	plan  plan
	works []work
}

// story is who is there. The first comment on a tenant says what it is there for.
var story = []tenant{
	// Wave 1: moved, and fine. Video runs used to pile up at the wall.
	{name: "acme", plan: wave1, works: []work{
		{class: "video-transcode", perDay: 460, median: 700 * time.Second, spread: 0.32},
		{class: "nightly-report", perDay: 90},
		{class: "thumbnails", perDay: 260},
	}},
	// Two names: the label on Kubernetes is umbrella-corp. Two-hour runs that
	// no Lambda function could do in one piece.
	{name: "umbrella", label: "umbrella-corp", plan: wave1, works: []work{
		{class: "geo-reindex", perDay: 820, median: 118 * time.Minute, spread: 0.08, deadline: 6 * time.Hour, jobsOnly: true, function: true},
		{class: "backup-export", perDay: 260},
	}},
	// Moved entirely days ago: nothing on Lambda any more.
	{name: "hooli", plan: movedEarly, works: []work{
		{class: "model-train", perDay: 480, deadline: 8 * time.Hour, jobsOnly: true},
		{class: "csv-import", perDay: 240},
		{class: "geo-reindex", perDay: 260},
	}},
	{name: "brightwell", plan: wave1, works: []work{
		{class: "nightly-report", perDay: 240},
		{class: "model-train", perDay: 280, median: 95 * time.Minute, deadline: 8 * time.Hour, jobsOnly: true},
		{class: "invoice-pdf", perDay: 220},
	}},
	{name: "eastvale", plan: wave1, works: []work{
		{class: "ml-score", perDay: 420},
		{class: "search-index", perDay: 260},
	}},

	// Wave 2, half and half. This one fails on the new side: the memory limit
	// is below what one run in four needs, and a retry meets the same limit.
	{name: "initech", plan: wave2Stuck, works: []work{
		{class: "ml-score", perDay: 640, peak: 2650, jitter: 0.2, jobMemory: 3072, retries: 2},
		{class: "csv-import", perDay: 420},
	}},
	{name: "garnet", plan: wave2, works: []work{
		{class: "video-transcode", perDay: 420},
		{class: "search-index", perDay: 320},
	}},
	// Its Jobs run well, and their logs are not collected: the log agent does not know it.
	{name: "kestrel", lost: true, plan: wave2, works: []work{
		{class: "model-train", perDay: 360, deadline: 8 * time.Hour, jobsOnly: true},
		{class: "backup-export", perDay: 420},
	}},
	// Throttled at its peak hours on Lambda.
	{name: "larkspur", plan: wave2, works: []work{
		{class: "ml-score", perDay: 520, throttled: 0.35},
		{class: "nightly-report", perDay: 260},
	}},
	{name: "meridian", plan: wave2, works: []work{
		{class: "geo-reindex", perDay: 420},
		{class: "statements", perDay: 1300},
	}},

	// Wave 3. Should stay on Lambda: three-second runs, many an hour.
	{name: "globex", plan: wave3Slow, works: []work{
		{class: "webhook-fanout", perDay: 9200},
	}},
	{name: "dunmore", plan: wave3, works: []work{
		{class: "video-transcode", perDay: 820},
		{class: "invoice-pdf", perDay: 900},
	}},
	{name: "halcyon", plan: wave3, works: []work{
		{class: "video-transcode", perDay: 2400},
		{class: "geo-reindex", perDay: 620},
	}},
	// Its pods insist on a kind of node that the cluster does not have.
	{name: "fennick", plan: wave3, works: []work{
		{class: "ml-score", perDay: 360, jobCPU: 4000, jobMemory: 16384, nodeType: "g5.2xlarge", deadline: 6 * time.Hour},
		{class: "csv-import", perDay: 500},
	}},
	// Its deadline is shorter than one run in five.
	{name: "tidewater", plan: wave3, works: []work{
		{class: "backup-export", perDay: 640, median: 515 * time.Second, spread: 0.15, deadline: 10 * time.Minute},
	}},
	// EKS Fargate, started by a CronJob.
	{name: "silverlake", plan: wave3Slow, works: []work{
		{class: "search-index", perDay: 700},
		{
			class: "backup-export", median: 38 * time.Minute, spread: 0.06, peak: 2600, jobsOnly: true, jobPool: poolFargate, jobMemory: 3840,
			every: 30 * time.Minute,
		},
	}},

	// Not yet moved. Near the wall: the longest runs take 14 of its 15 minutes.
	{name: "calderon", plan: wave4, works: []work{
		{class: "backup-export", perDay: 480, median: 645 * time.Second, spread: 0.08},
	}},
	// At the wall: one run in four is cut off.
	{name: "vantage", plan: wave4, works: []work{
		{class: "nightly-report", perDay: 900, median: 780 * time.Second, spread: 0.22},
		{class: "invoice-pdf", perDay: 1400},
	}},
	{name: "ironbark", plan: wave4, works: []work{
		{class: "ml-score", perDay: 5600},
		{class: "webhook-fanout", perDay: 5200},
	}},
	{name: "pinecrest", plan: notYet, works: []work{
		{class: "geo-reindex", perDay: 2500},
		{class: "thumbnails", perDay: 6100},
	}},
	{name: "quillon", plan: notYet, works: []work{
		{class: "search-index", perDay: 4600},
		{class: "csv-import", perDay: 1300},
	}},
	{name: "marlowe", plan: notYet, works: []work{
		{class: "video-transcode", perDay: 2300, median: 560 * time.Second, spread: 0.32},
		{class: "thumbnails", perDay: 7800},
	}},
	{name: "nordhavn", plan: notYet, works: []work{
		{class: "csv-import", perDay: 3400},
		{class: "invoice-pdf", perDay: 4200},
		{class: "statements", perDay: 1700},
	}},
	{name: "oakline", plan: notYet, works: []work{
		{class: "nightly-report", perDay: 420},
		{class: "webhook-fanout", perDay: 7400},
	}},
	{name: "rosefield", plan: notYet, works: []work{
		{class: "thumbnails", perDay: 9400},
		{class: "invoice-pdf", perDay: 1800},
	}},
	{name: "westbrook", plan: notYet, works: []work{
		{class: "backup-export", perDay: 310},
		{class: "csv-import", perDay: 640},
		{class: "statements", perDay: 900},
	}},
	{name: "yarrow", plan: notYet, works: []work{
		{class: "webhook-fanout", perDay: 3900},
	}},
	{name: "zephyr", plan: notYet, works: []work{
		{class: "ml-score", perDay: 260, errors: 0.021},
		{class: "search-index", perDay: 480},
	}},
}

// sharedFunctions are called by an alias for each tenant. Of statements there is a new
// version, on arm64 and with more memory: nordhavn tries it with one call in ten.
var sharedFunctions = map[string]sharedFunction{
	"statements": {
		workload: "statements",
		versions: map[string]Version{"42": {Arch: "x86_64", MemoryMB: 1024}, "43": {Arch: "arm64", MemoryMB: 1536}},
		pins: map[string]pin{
			"meridian":  {version: "42"},
			"nordhavn":  {version: "42", canary: "43", share: 0.1},
			"westbrook": {version: "42"},
		},
	},
}

// chores are Jobs of the cluster's own, which belong to no tenant.
var chores = tenant{works: []work{{class: "index-vacuum", perDay: 40, jobsOnly: true}}}

// stray is a function that belongs to no tenant.
type stray struct {
	name     string
	memoryMB int
	timeout  time.Duration
	median   time.Duration
	perDay   float64 // 0: idle
	// shared says whom it works for, which only its log shows: in tenant isolation
	// mode Lambda's own reports, else lines of the function.
	shared   []share
	isolated bool
}

// share is a tenant's part of a shared function's runs.
type share struct {
	tenant string
	part   float64
}

var strays = []stray{
	{
		"LegacyCronRunner", 3008, 5 * time.Minute, 62 * time.Second, 288,
		[]share{{"acme", 0.30}, {"oakline", 0.25}, {"quillon", 0.20}, {"zephyr", 0.10}},
		false,
	},
	{"log_shipper", 512, time.Minute, 11 * time.Second, 1440, []share{{"nordhavn", 0.45}, {"globex", 0.30}, {"rosefield", 0.25}}, true},
	{"CdkCustomResourceProvider8F2C", 128, 15 * time.Minute, 2 * time.Second, 0, nil, false},
	{"WarmupPing", 128, 3 * time.Second, 300 * time.Millisecond, 0, nil, false},
}

// staging names tenants whose staging functions have had no calls for weeks.
var staging = []string{"acme", "initech", "pinecrest"}
