// Package cost says what work cost: on AWS Lambda, as pods on EC2 nodes, as pods
// on EKS Fargate, and what stands idle or belongs to the platform. It compares
// the two sides of a migration and says which is cheaper, from when on, and why.
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
