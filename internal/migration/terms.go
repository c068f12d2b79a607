package migration

// OS is the operating system of a host, as far as AWS charges for it: Linux without a licence, or a system whose licence
// is part of the instance's price.
type OS string

// The operating systems with their own prices. The zero value is unknown. Source: Amazon EC2 on-demand pricing, the
// platforms of its list.
const (
	Linux   OS = "linux"
	Windows OS = "windows"
	RHEL    OS = "rhel" // Red Hat Enterprise Linux, its licence included
	SUSE    OS = "suse" // SUSE Linux Enterprise Server, its licence included
)

// Tenancy says who else may have instances on the same machine.
type Tenancy string

// The tenancies. The zero value is shared tenancy, EC2's default.
const (
	TenancyShared    Tenancy = ""
	TenancyDedicated Tenancy = "dedicated"      // a Dedicated Instance
	TenancyHost      Tenancy = "dedicated_host" // on a Dedicated Host, which is billed instead of its instances
)

// Capacity says how an instance's capacity is bought, where that is neither on demand
// nor Spot.
type Capacity string

// The ways. The zero value is on demand or Spot. An On-Demand Capacity Reservation is
// billed like on demand and is no way of its own.
const (
	CapacityUsual   Capacity = ""
	CapacityBlock   Capacity = "capacity_block" // a Capacity Block for ML, paid in advance
	CapacityOutpost Capacity = "outpost"        // an AWS Outpost, paid as a whole
)
