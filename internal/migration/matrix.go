package migration

import "github.com/shopspring/decimal"

// Candidate is a platform of a decision matrix.
type Candidate uint8

// The candidates, in the order of the columns.
const (
	CandidateLambda  Candidate = iota
	CandidateNodes             // Jobs on EC2 nodes
	CandidateFargate           // Jobs on EKS Fargate
	CandidateECS               // tasks of ECS on Fargate; as they run now where ECS is a side of the move
	CandidateKnative           // a Knative service on the cluster's nodes
	NumCandidates
)

var candidateNames = [...]string{"lambda", "nodes", "fargate", "ecs", "knative"}

var candidateLabels = [...]string{"Lambda", "Jobs on nodes", "Jobs on Fargate", "ECS", "Knative"}

func (c Candidate) String() string { return candidateNames[min(int(c), len(candidateNames)-1)] }

// Label is the name for people: "Jobs on nodes".
func (c Candidate) Label() string { return candidateLabels[min(int(c), len(candidateLabels)-1)] }

// MarshalText encodes the candidate by name.
func (c Candidate) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// CandidateNames are the names of all candidates, in order.
func CandidateNames() []string { return candidateNames[:] }

// MostScore is the best score of a factor; 0 is the worst.
const MostScore = 5

// Matrix compares the platforms for one workload of a tenant by weighted factors. It is immutable.
type Matrix struct {
	// The tenant. Null for work that no rule gives to a tenant.
	Tenant Tenant `wire:"tenant,null"`
	// The workload.
	Workload Workload `wire:"workload,null"`
	// The platform that is best whatever the missing scores are. Null where what is missing could change it.
	Winner Opt[Candidate] `wire:"winner"`
	// The platform with the most points among those that are not excluded, which is what it has whatever is missing. Null where
	// two have the most, or none has any.
	Leader Opt[Candidate] `wire:"leader"`
	// What follows from the totals, in one sentence.
	Text string `wire:"text"`
	// The platforms with their totals.
	Platforms []MatrixTotal `wire:"platforms"`
	// The factors with their scores.
	Factors []MatrixFactor `wire:"factors"`
}

// MatrixTotal is the weighted sum of one platform.
type MatrixTotal struct {
	// The platform: lambda, nodes (Jobs on EC2 nodes), fargate (Jobs on EKS Fargate), ecs or knative.
	Platform Candidate `wire:"platform"`
	// Why the platform cannot run the workload whatever its score: a hard limit. Null where it can as far as is known.
	Cannot string `wire:"cannot,null"`
	// The sum of weight times score over the factors that have a score here.
	Points int64 `wire:"points"`
	// The weight of these factors.
	Covered int64 `wire:"weight_covered"`
	// The weight of all factors.
	Weight int64 `wire:"weight"`
	// The weighted mean of the scores, 0 to 5: points over weight_covered. Null where no factor has a score.
	Score Opt[decimal.Decimal] `wire:"score"`
	// The weighted mean if each missing score was 0.
	Low Opt[decimal.Decimal] `wire:"score_low"`
	// The weighted mean if each missing score was 5.
	High Opt[decimal.Decimal] `wire:"score_high"`
	// The factors with a weight and without a score here.
	Missing []string `wire:"missing"`
	// The factors of which it is not known whether they exclude the platform.
	MayExclude []string `wire:"may_exclude"`
}

// Excluded reports whether a hard limit excludes the platform.
func (t *MatrixTotal) Excluded() bool { return t.Cannot != "" }

// MatrixFactor is one row of a decision matrix.
type MatrixFactor struct {
	// The factor: traffic, duration, memory, cpu, tmp, gpu, start_up, scaling, cost, team, operations or vendor.
	Factor string `wire:"factor"`
	// Its weight. With 0 it is shown and does not count.
	Weight int64 `wire:"weight"`
	// It is measured. The scores of the others come from the configuration.
	Measured bool `wire:"measured"`
	// What the scores rest on: runs, window, source.
	Evidence string `wire:"evidence,null"`
	// The scores of the platforms.
	Scores []MatrixScore `wire:"scores"`
}

// MatrixScore is what a factor says about one platform.
type MatrixScore struct {
	// The platform.
	Platform Candidate `wire:"platform"`
	// The score, 0 to 5. Null where it is not measured, or not set.
	Score Opt[int64] `wire:"score"`
	// Why the platform cannot run the workload. Null where nothing here excludes it.
	Cannot string `wire:"cannot,null"`
	// The numbers behind the score, or what is not known.
	Why string `wire:"why,null"`
	// Not known, and a hard limit of the platform: it may be excluded.
	MayExclude bool `wire:"may_exclude"`
}
