package profile

import "github.com/migtop/migtop/internal/migration"

// Recommendations are types of package migration, since screens and exports show them.
type (
	// Profile is the recommended resource profile of one workload and tenant.
	Profile = migration.Profile
	// Pod is what one pod of the Job requests and is limited to.
	Pod = migration.PodSize
	// Class is one profile for many tenants.
	Class = migration.ProfileClass
	// Classes are the classes that tenants were put into.
	Classes = migration.ProfileClasses
	// Confidence says how much data supports a profile.
	Confidence = migration.Confidence
)

// The degrees of confidence.
const (
	NoConfidence     = migration.NoConfidence
	LowConfidence    = migration.LowConfidence
	MediumConfidence = migration.MediumConfidence
	HighConfidence   = migration.HighConfidence
)
