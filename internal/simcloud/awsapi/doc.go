// Package awsapi answers what aws-sdk-go-v2 asks: CloudWatch's GetMetricData and
// ListMetrics over Smithy RPC v2 CBOR, Lambda's ListFunctions, ListTags and what
// it is asked about one function over REST JSON, and STS's GetCallerIdentity and
// what IAM is asked about one role over the query protocol. All are served from
// one address on loopback, so that setting AWS_ENDPOINT_URL is enough.
//
// It is strict where AWS is strict, so that a client that works against it is
// right: dimension sets match exactly or not at all; the start is rounded down
// and the end exclusive; minutes without a datum are absent; data appear when
// their invocation has ended and some two minutes have passed; questions that
// CloudWatch refuses are refused with its codes; signatures must be there and be
// scoped to the right region and service; and a counter bills every page by
// CloudWatch's rule. What it does not simulate (metric math, Metrics Insights)
// it refuses by name.
//
// CloudWatch Logs is there with the queries of Logs Insights: over JSON 1.1, in the
// states that they go through, with their limits, and billed for what they scan. Of
// the query language it takes the one form that migtop writes.
//
// What happened in the account comes from an [Account], which the caller brings.
// Faults are switched while it runs with [Server.SetFaults].
package awsapi
