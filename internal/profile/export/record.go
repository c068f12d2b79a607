package export

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/profile"
	"github.com/migtop/migtop/internal/text"
)

// Record is a profile as programs read it. What is not known is null.
type Record struct {
	Workload migration.Workload `json:"workload"`
	Tenant   migration.Tenant   `json:"tenant"`
	Class    string             `json:"class"`
	WhyClass string             `json:"why_class,omitempty"`
	// Profile is the name in exports, empty elsewhere. Members is the number of profiles of
	// workloads and tenants that a class represents.
	Profile string `json:"profile,omitempty"`
	Members int    `json:"members,omitempty"`

	// Container is the container that is sized, null where no pod was seen; ContainerWhy is
	// the rule that chose it; Others is what the pod's other containers request.
	Container    migration.Opt[string] `json:"container"`
	ContainerWhy migration.Opt[string] `json:"container_why"`
	Others       OthersRecord          `json:"other_containers"`

	PodRecord
	// Retry is for a run that was killed for memory on the above.
	Retry PodRecord `json:"retry"`

	EphemeralStorage migration.Opt[migration.Bytes] `json:"ephemeral_storage_bytes"`
	Deadline         migration.Opt[int64]           `json:"deadline_seconds"`
	AttemptDeadline  migration.Opt[int64]           `json:"attempt_deadline_seconds"`
	BackoffLimit     int32                          `json:"backoff_limit"`
	TTL              migration.Opt[int64]           `json:"ttl_seconds_after_finished"`
	Parallelism      migration.Opt[int32]           `json:"parallelism"`

	Confidence  profile.Confidence                  `json:"confidence"`
	Evidence    migration.Provenance                `json:"evidence"`
	JobRuns     int                                 `json:"job_runs"`
	LambdaRuns  int                                 `json:"lambda_runs"`
	Learning    bool                                `json:"learning"`
	FailureRate migration.Opt[migration.Ratio]      `json:"expected_failure_rate"`
	Waste       migration.Opt[migration.KiBSeconds] `json:"expected_waste_kib_seconds"`
	Now         migration.Given                     `json:"now"`
	Saving      migration.Opt[migration.USD]        `json:"monthly_saving_usd"`
	ClassSaving migration.Opt[migration.USD]        `json:"class_monthly_saving_usd"`
	Why         []string                            `json:"why"`
}

// PodRecord is what one pod requests and is limited to. CPU is in cores, exact.
type PodRecord struct {
	MemoryRequest migration.Opt[migration.Bytes] `json:"memory_request_bytes"`
	MemoryLimit   migration.Opt[migration.Bytes] `json:"memory_limit_bytes"`
	CPURequest    migration.Opt[json.Number]     `json:"cpu_request"`
	CPULimit      migration.Opt[json.Number]     `json:"cpu_limit"`
}

// RecordOf is a profile as JSON has it.
func RecordOf(p *profile.Profile) Record {
	r := Record{
		Workload: migration.Workload(valid(string(p.Workload))), Tenant: migration.Tenant(valid(string(p.Tenant))),
		Class: p.Class, WhyClass: p.WhyClass,
		Container: given(p.Container), ContainerWhy: given(p.ContainerWhy), Others: othersRecord(&p.Others),
		PodRecord: podRecord(&p.Base), Retry: podRecord(&p.Retry),
		EphemeralStorage: p.EphemeralStorage,
		Deadline:         seconds(p.Deadline), AttemptDeadline: seconds(p.AttemptDeadline),
		BackoffLimit: p.BackoffLimit, TTL: seconds(p.TTL), Parallelism: p.Parallelism,
		Confidence: p.Confidence, Evidence: p.Evidence, JobRuns: p.JobRuns, LambdaRuns: p.LambdaRuns, Learning: p.Learning,
		Waste: p.Waste, Now: p.Now, Saving: p.Saving, ClassSaving: p.ClassSaving, Why: p.Why,
	}
	if rate, ok := p.FailureRate.Get(); ok && Sized(p) && !math.IsNaN(float64(rate)) && !math.IsInf(float64(rate), 0) {
		r.FailureRate = p.FailureRate
	}
	if r.Why == nil {
		r.Why = []string{}
	}
	return r
}

func podRecord(p *profile.Pod) PodRecord {
	return PodRecord{
		MemoryRequest: known(p.MemoryRequest), MemoryLimit: known(p.MemoryLimit),
		CPURequest: cores(p.CPURequest), CPULimit: cores(p.CPULimit),
	}
}

// OthersRecord is what a pod requests in addition to the container that is sized: by
// containers that run with it, and the minimum for the pod. CPU is in cores, exact.
type OthersRecord struct {
	Names    migration.Opt[string]          `json:"names"`
	With     AmountsRecord                  `json:"with"`
	Least    AmountsRecord                  `json:"least"`
	PodLimit migration.Opt[migration.Bytes] `json:"pod_memory_limit_bytes"`
}

// AmountsRecord is CPU in cores, exact, and memory.
type AmountsRecord struct {
	CPU    migration.Opt[json.Number]     `json:"cpu_cores"`
	Memory migration.Opt[migration.Bytes] `json:"memory_bytes"`
}

func othersRecord(o *migration.OtherRequests) OthersRecord {
	amounts := func(r migration.Resources) AmountsRecord { return AmountsRecord{cores(r.CPU), r.Memory} }
	return OthersRecord{given(o.Names), amounts(o.With), amounts(o.Least), o.PodLimit}
}

// given takes an empty text for none.
func given(s string) migration.Opt[string] {
	if s == "" {
		return migration.None[string]()
	}
	return migration.Some(valid(s))
}

// known takes 0 for unknown.
func known(b migration.Bytes) migration.Opt[migration.Bytes] {
	if b <= 0 {
		return migration.None[migration.Bytes]()
	}
	return migration.Some(b)
}

func cores(c migration.Opt[migration.CPU]) migration.Opt[json.Number] {
	v, ok := c.Get()
	if !ok {
		return migration.None[json.Number]()
	}
	return migration.Some(json.Number(decimal.New(v.Milli(), -3).String()))
}

func (e *entry) record() Record {
	r := RecordOf(&e.Profile)
	r.Profile = e.name
	if e.isClass {
		r.Members = len(e.members)
	}
	return r
}

func jsonFile(entries []entry, _ *Options) []File {
	records := make([]Record, len(entries))
	for i := range entries {
		records[i] = entries[i].record()
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	// A record has nothing that JSON could not take: its floats are finite.
	_ = enc.Encode(struct {
		Profiles []Record `json:"profiles"`
	}{records})
	return []File{{"profiles.json", text.EscapeJSON(b.Bytes())}}
}

func csvFile(entries []entry, _ *Options) []File {
	rows := [][]string{{
		"workload", "tenant", "class", "profile", "members",
		"memory_request_bytes", "memory_limit_bytes", "cpu_request", "cpu_limit",
		"retry_memory_request_bytes", "retry_memory_limit_bytes", "retry_cpu_request", "retry_cpu_limit",
		"ephemeral_storage_bytes", "deadline_seconds", "attempt_deadline_seconds", "backoff_limit", "ttl_seconds_after_finished", "parallelism",
		"confidence", "evidence", "job_runs", "lambda_runs", "learning", "expected_failure_rate", "expected_waste_kib_seconds",
		"monthly_saving_usd", "why", "container", "other_containers", "other_memory_request_bytes", "other_cpu_request",
	}}
	for i := range entries {
		e := &entries[i]
		r := e.record()
		row := []string{csvCell(string(r.Workload)), csvCell(string(r.Tenant)), csvCell(r.Class), r.Profile, strconv.Itoa(len(e.members))}
		for _, p := range []PodRecord{r.PodRecord, r.Retry} {
			row = append(row, integer(p.MemoryRequest), integer(p.MemoryLimit), opt(p.CPURequest, json.Number.String),
				opt(p.CPULimit, json.Number.String))
		}
		rows = append(rows, append(row,
			integer(r.EphemeralStorage), integer(r.Deadline), integer(r.AttemptDeadline), strconv.Itoa(int(r.BackoffLimit)), integer(r.TTL),
			integer(r.Parallelism),
			r.Confidence.String(), csvCell(provenanceText(r.Evidence)), strconv.Itoa(r.JobRuns), strconv.Itoa(r.LambdaRuns),
			strconv.FormatBool(r.Learning),
			opt(r.FailureRate, number), integer(r.Waste), opt(r.Saving, migration.USD.String), csvCell(strings.Join(r.Why, " ")),
			csvCell(r.Container.Or("")), csvCell(r.Others.Names.Or("")), integer(r.Others.With.Memory), opt(r.Others.With.CPU, json.Number.String),
		))
	}
	return []File{{"profiles.csv", csvBytes(rows)}}
}

// opt writes a value, and nothing where it is unknown.
func opt[T any](o migration.Opt[T], write func(T) string) string {
	if v, ok := o.Get(); ok {
		return write(v)
	}
	return ""
}

func integer[T ~int64 | ~int32](o migration.Opt[T]) string {
	return opt(o, func(v T) string { return strconv.FormatInt(int64(v), 10) })
}

// csvBytes writes rows (RFC 4180, with \n).
func csvBytes(rows [][]string) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	_ = w.WriteAll(rows) // a buffer takes everything
	return b.Bytes()
}

// csvCell is a foreign text in a cell. Bytes that are not UTF-8 are replaced as in JSON, so that the same name
// joins rows of both.
func csvCell(s string) string { return text.CSVCell(valid(s)) }
