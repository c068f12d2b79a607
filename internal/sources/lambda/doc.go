// Package lambda reads AWS Lambda: its functions from the Lambda API, and their
// activity from CloudWatch's metrics. It implements sources.Source.
//
// CloudWatch bills every metric in every request. So the statistics of one
// metric stay in one request (up to five are billed as one), functions without
// activity are not queried, functions that are not on screen are queried less
// often, and the time range is always long enough to repair late data, since its
// length costs nothing.
package lambda
