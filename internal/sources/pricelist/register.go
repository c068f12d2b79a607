package pricelist

import (
	"github.com/migtop/migtop/internal/sources"
	"github.com/migtop/migtop/internal/sources/awspoll"
)

func init() {
	awspoll.Register(awspoll.Descriptor{Descriptor: sources.Descriptor{
		Name: "prices", Title: "list prices, for `migtop prices refresh`", Order: 90, // on demand: it has no poll
		Permissions: sources.Permissions{Statement: "MigtopReadsPricesOptional", Actions: Actions},
	}})
}
