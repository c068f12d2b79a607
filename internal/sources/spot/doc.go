// Package spot reads the Spot prices that EC2 publishes, of the instance types of the cluster's Spot nodes, in each zone, for Linux.
//
// It calls DescribeSpotPriceHistory, which is free, once an hour and when a new type appears: the prices in force are the last
// changes before the moment asked about. Sources: Amazon EC2 API reference, DescribeSpotPriceHistory and "Error codes".
package spot
