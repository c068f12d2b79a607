package spot

import (
	"context"
	"time"

	"github.com/aws/smithy-go/middleware"

	"github.com/migtop/migtop/internal/clock"
	"github.com/migtop/migtop/internal/sources/awsaccess"
)

// Questions are what doctor asks: for one Spot price.
func Questions() []awsaccess.Question {
	return []awsaccess.Question{{
		Action: action, Optional: true,
		Ask: func(ctx context.Context, c *awsaccess.Config) (string, middleware.Metadata, error) {
			_, err := newClient(c).history(ctx, []string{"m6i.xlarge"}, clock.System().Now().Truncate(time.Second), 1, "")
			if err != nil {
				return "", middleware.Metadata{}, err
			}
			return "permitted", middleware.Metadata{}, nil
		},
	}}
}
