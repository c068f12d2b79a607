// Package lambda reads AWS Lambda: its functions from the Lambda API and what
// they did from CloudWatch's metrics. It implements sources.Source.
//
// CloudWatch bills every metric that is asked for, in every request. So the
// statistics of one metric are kept together in one request (up to five are
// billed as one), functions without activity are not asked at all, functions
// that nobody looks at are asked less often, and the window that is asked is
// always long enough to repair what arrived late, since its length costs nothing.
package lambda
