// Package matrix compares the platforms that a workload could run on: Lambda, Jobs on nodes and on Fargate, ECS and Knative.
// Each factor has a score from 0 to 5 by a rule that docs/matrix.md states, from what was measured of the workload, or from
// the configuration where nobody can measure it. What is not measured has no score: it takes its weight out of the total, and
// no platform wins where it could change the result. A hard limit excludes a platform whatever its score.
//
// It is pure: costs come from package cost/whatif, and nothing is priced here.
package matrix
