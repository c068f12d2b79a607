// Package prices is migtop's price book: what AWS charges for the things that
// Lambda functions and Kubernetes Jobs run on, each price with its unit, its
// origin, its date and its certainty.
//
// A price is found by an item ("fargate.vcpu.x86_64") and a region. What the book
// does not hold is an [UnknownError] that names what it does hold; no price is
// ever guessed from a neighbour without its certainty saying so.
//
// The package is pure: no clock, no network, and no file but those in the binary.
//
// # Files
//
// The book is a set of YAML files of one strict format, embedded in the binary;
// the same format, read by the same parser, is an overlay with prices of your own
// ([PriceBook.With]):
//
//	format: migtop-price-book/1
//	group: contract
//	origins:
//	  contract: {source: enterprise agreement, as_of: "2026-10", certainty: primary}
//	items:
//	  discount.fargate: fraction
//	  ec2.on_demand.*: USD/hour
//	sheets:
//	- origin: contract
//	  region: everywhere
//	  prices:
//	    discount.fargate: "0.15"
//	- origin: contract
//	  table: |
//	    item                      us-east-1  eu-west-1
//	    ec2.on_demand.m6i.xlarge  0.15       0.17
//	    ec2.on_demand.m7g.xlarge  0.13       -
//	shapes: |
//	  type      vcpu  mib    arch    pods  gpus  gpu
//	  x9.large  2     8192   x86_64  29    0     -
//	  x9g.huge  8     32768  arm64   -     1     NVIDIA_L4
//
// Each item that a file prices is listed under items with its unit, which must be the
// book's; an item that ends in .* means all that begin so. A sheet has one
// origin and either one region with a list of prices, or a table whose head is
// "item" and regions, or "region" and items; a price that is not known is -. Prices
// in a list are quoted, since a bare number would be read as a binary float. They
// are decimals without sign or exponent. No hour may cost more than 1,000 USD, nothing
// 100 times what the book has, and no type of instance, nor what costs something in the book, may cost 0.
//
// A type of instance that the book has no shape of needs one in shapes: vCPUs, memory and
// architecture, and what else is known: pods, eni, ipv4_per_eni, branch_eni, gpus, gpu,
// gpu_mib (of all GPUs), disk_gb, burstable and metal (yes or no).
//
// The region "everywhere" is all regions that the book knows, and in an overlay all
// regions; there it replaces the book's prices of single regions, and a price of a region
// in the overlay itself is the exception. What an overlay may state
// beyond the items that have prices in the embedded book:
//
//	discount.lambda, .fargate, .ec2, .eks    what is negotiated off list prices
//	ec2.on_demand.*, ec2.spot.rate.*         prices of instance types
//	cluster.vcpu, cluster.memory             what a node of another cloud costs
//	cluster.fee                              what a cluster itself costs an hour
package prices
