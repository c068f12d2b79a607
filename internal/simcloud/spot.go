package simcloud

import (
	"fmt"
	"hash/fnv"
	"time"

	"github.com/migtop/migtop/internal/simcloud/awsapi"
	"github.com/migtop/migtop/internal/simcloud/world"
)

// spotTypes are the instance types with a Spot price, and what it is around, in units of $0.0001 an hour.
var spotTypes = map[string]int{"m6i.xlarge": 740, "m6i.4xlarge": 2960, "m7g.4xlarge": 2580}

// spotEvery is the time between two changes of a Spot price.
const spotEvery = 4 * time.Hour

// SpotPrices are the last two changes of each type in each zone. A price moves by a few percent, and the zones differ.
func (a *account) SpotPrices(until time.Time) []awsapi.SpotPrice {
	var out []awsapi.SpotPrice
	for typ, around := range spotTypes {
		for _, zone := range []string{"a", "b", "c"} {
			for past := range 2 {
				h := fnv.New64a()
				_, _ = fmt.Fprint(h, typ, zone)
				offset := time.Duration(h.Sum64()%uint64(spotEvery/time.Minute)) * time.Minute
				at := until.Add(-offset).Truncate(spotEvery).Add(offset - time.Duration(past)*spotEvery)
				_, _ = fmt.Fprint(h, at.Unix())
				price := around + around*int(h.Sum64()%9)/100
				out = append(out, awsapi.SpotPrice{
					Type: typ, Zone: world.Region + zone, Price: fmt.Sprintf("%d.%04d00", price/10000, price%10000), At: at,
				})
			}
		}
	}
	return out
}
