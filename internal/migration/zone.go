package migration

import (
	"regexp"
	"strings"
)

// zonePattern splits the name of an AWS zone: "us-east-1a" is a region and a letter, "us-west-2-lax-1a" a region and a
// Local Zone, "us-east-1-wl1-bos-wlz-1" a region and a Wavelength Zone.
var zonePattern = regexp.MustCompile(`^([a-z]{2}(?:-[a-z]+){1,2}-[0-9]+)([a-z]|-[a-z][a-z0-9-]*)$`)

// ZonePlace returns the region of an AWS zone, and the place under which the AWS Price List has the prices of its
// instances: the region, or the group of the Local Zone or Wavelength Zone ("us-west-2-lax-1"). ok is false if zone is
// not such a name.
func ZonePlace(zone string) (region, place string, ok bool) {
	m := zonePattern.FindStringSubmatch(zone)
	if m == nil {
		return "", "", false
	}
	if len(m[2]) == 1 {
		return m[1], m[1], true
	}
	return m[1], strings.TrimRight(zone, "abcdefghijklmnopqrstuvwxyz"), true
}

// ParentRegion is the region that a place of [ZonePlace] belongs to: the place itself
// where it is a region.
func ParentRegion(place string) string {
	if region, _, ok := ZonePlace(place); ok && region != place {
		return region
	}
	return place
}
