package migration

import "time"

// SpotPrice is what EC2 publishes as the Spot price of an instance type in one zone, for Linux.
type SpotPrice struct {
	// The EC2 instance type, such as m6i.xlarge.
	InstanceType string `wire:"instance_type"`
	// The region, or the Local Zone or Wavelength Zone, that the node's price is looked up in.
	Region string `wire:"region"`
	// The Availability Zone.
	Zone string `wire:"zone"`
	// The price of one hour.
	Hourly USD `wire:"usd_per_hour"`
	// When it last changed. A Spot price changes every few hours.
	Since time.Time `wire:"since"`
	// The nodes of the cluster that have this price now.
	Nodes int `wire:"nodes"`
}

// SpotPrices is the payload of the Spot prices of one account and region. It replaces what was known there before.
type SpotPrices []SpotPrice

// Feature implements [Payload].
func (SpotPrices) Feature() string { return "spot prices" }

// SpotNodes is the payload of the Spot nodes of a cluster: how many of an instance type are in a zone. It replaces what was known
// before; Hourly and Since are not set.
type SpotNodes []SpotPrice

// Feature implements [Payload].
func (SpotNodes) Feature() string { return "spot nodes" }
