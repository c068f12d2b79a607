// Package cost prices work on AWS Lambda, as pods on EC2 nodes and as pods and tasks on
// Fargate, and idle nodes and the platform. It compares the two sides of a migration: which
// one is cheaper, from when on, and why.
//
// There is one price path. [Pricer.RunRates] reads the prices of a kind of host, and a
// run's [Line] items come from it: a [Ledger] sums them, package estimate shows them and
// package whatif adds them up. [Pricer.LambdaMonth] itemises Lambda by the tiers that the
// ledger uses.
//
// All arithmetic is exact decimal. Amounts of use are added up as integers and
// priced once; a quotient is formed last and carries [Places] decimal places, so
// that sums of parts differ from the whole by less than 10^-25 dollars. Nothing
// is rounded before it is printed. An unknown price is an error that names it;
// it never becomes zero.
//
// The package is pure: no clock, no I/O, no goroutine, no logger. Same input, same
// result.
package cost
