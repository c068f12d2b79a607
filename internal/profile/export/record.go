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
	records, members := make([]Record, len(entries)), make([]int, len(entries))
	for i := range entries {
		records[i], members[i] = entries[i].record(), len(entries[i].members)
	}
	return []File{{"profiles.csv", csvOf(records, members)}}
}

// ProfilesCSV writes profiles as a table (RFC 4180, with \n) with the columns of the export, but for those that only an export has.
func ProfilesCSV(records []Record) []byte { return csvOf(records, nil) }

// csvOf writes records; members are how many each of an export represents, nil elsewhere.
func csvOf(records []Record, members []int) []byte {
	rows := make([][]string, 1+len(records))
	for j := range csvColumns {
		c := &csvColumns[j]
		if c.exported && members == nil {
			continue
		}
		rows[0] = append(rows[0], c.name)
		for i := range records {
			var value string
			if c.value != nil {
				value = c.value(&records[i])
			} else {
				value = strconv.Itoa(members[i])
			}
			rows[i+1] = append(rows[i+1], value)
		}
	}
	return csvBytes(rows)
}

// csvColumns are the columns of a profile, in their order. What is not known is an empty cell.
var csvColumns = []struct {
	name     string
	value    func(*Record) string // nil: the number of members
	exported bool                 // only an export has it
}{
	{"workload", func(r *Record) string { return csvCell(string(r.Workload)) }, false},
	{"tenant", func(r *Record) string { return csvCell(string(r.Tenant)) }, false},
	{"class", func(r *Record) string { return csvCell(r.Class) }, false},
	{"profile", func(r *Record) string { return r.Profile }, true},
	{"members", nil, true},
	{"memory_request_bytes", func(r *Record) string { return integer(r.MemoryRequest) }, false},
	{"memory_limit_bytes", func(r *Record) string { return integer(r.MemoryLimit) }, false},
	{"cpu_request", func(r *Record) string { return opt(r.CPURequest, json.Number.String) }, false},
	{"cpu_limit", func(r *Record) string { return opt(r.CPULimit, json.Number.String) }, false},
	{"retry_memory_request_bytes", func(r *Record) string { return integer(r.Retry.MemoryRequest) }, false},
	{"retry_memory_limit_bytes", func(r *Record) string { return integer(r.Retry.MemoryLimit) }, false},
	{"retry_cpu_request", func(r *Record) string { return opt(r.Retry.CPURequest, json.Number.String) }, false},
	{"retry_cpu_limit", func(r *Record) string { return opt(r.Retry.CPULimit, json.Number.String) }, false},
	{"ephemeral_storage_bytes", func(r *Record) string { return integer(r.EphemeralStorage) }, false},
	{"deadline_seconds", func(r *Record) string { return integer(r.Deadline) }, false},
	{"attempt_deadline_seconds", func(r *Record) string { return integer(r.AttemptDeadline) }, false},
	{"backoff_limit", func(r *Record) string { return strconv.Itoa(int(r.BackoffLimit)) }, false},
	{"ttl_seconds_after_finished", func(r *Record) string { return integer(r.TTL) }, false},
	{"parallelism", func(r *Record) string { return integer(r.Parallelism) }, false},
	{"confidence", func(r *Record) string { return r.Confidence.String() }, false},
	{"evidence", func(r *Record) string { return csvCell(provenanceText(r.Evidence)) }, false},
	{"job_runs", func(r *Record) string { return strconv.Itoa(r.JobRuns) }, false},
	{"lambda_runs", func(r *Record) string { return strconv.Itoa(r.LambdaRuns) }, false},
	{"learning", func(r *Record) string { return strconv.FormatBool(r.Learning) }, false},
	{"expected_failure_rate", func(r *Record) string { return opt(r.FailureRate, number) }, false},
	{"expected_waste_kib_seconds", func(r *Record) string { return integer(r.Waste) }, false},
	{"monthly_saving_usd", func(r *Record) string { return opt(r.Saving, migration.USD.String) }, false},
	{"why", func(r *Record) string { return csvCell(strings.Join(r.Why, " ")) }, false},
	{"container", func(r *Record) string { return csvCell(r.Container.Or("")) }, false},
	{"other_containers", func(r *Record) string { return csvCell(r.Others.Names.Or("")) }, false},
	{"other_memory_request_bytes", func(r *Record) string { return integer(r.Others.With.Memory) }, false},
	{"other_cpu_request", func(r *Record) string { return opt(r.Others.With.CPU, json.Number.String) }, false},
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
