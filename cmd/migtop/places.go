package main

import (
	"context"
	"fmt"
)

// place is an account's number and a region, "" for any.
type place struct{ region, account string }

// has reports whether an account's number and region lie in it.
func (p place) has(q place) bool {
	return (p.region == "" || p.region == q.region) && (p.account == "" || p.account == q.account)
}

// placed is something in AWS that the configuration names.
type placed interface {
	in() string // the account that the configuration says, "" for any
	at() place  // where its ARN or URL says that it is, zero where it has none
	fmt.Stringer
}

// meant reports whether something in that account, "" for any, may be in this one.
func (w awsTarget) meant(account string) bool {
	return account == "" || w.account.Name == "" || w.account.Name == account
}

// sought reports whether something has nothing but a name, and may be in several of
// these accounts and regions: then it is looked for in each.
func sought(ways []awsTarget, one placed) bool {
	n := 0
	for _, w := range ways {
		if w.meant(one.in()) {
			n++
		}
	}
	return n > 1 && one.at() == place{}
}

// hereOf are the things to read through a way. The error says that nobody knows which
// account this is.
func hereOf[T placed](ctx context.Context, w awsTarget, all []T) (here []T, err error) {
	var own place
	for _, one := range all {
		if !w.meant(one.in()) {
			continue
		}
		where := one.at()
		if where != (place{}) && own == (place{}) {
			if own.region, own.account, err = placeOf(ctx, w); err != nil {
				return nil, err
			}
		}
		if where.has(own) {
			here = append(here, one)
		}
	}
	return here, nil
}

// unreadOf says which things are in no place that is read; nothing where it is not known
// of all ways which those are.
func unreadOf[T placed](ctx context.Context, ways []awsTarget, all []T) (notes []string) {
	var read []place
	for _, one := range all {
		where := one.at()
		if where == (place{}) {
			continue
		}
		for i := len(read); i < len(ways); i++ {
			region, account, err := placeOf(ctx, ways[i])
			if err != nil {
				return nil
			}
			read = append(read, place{region, account})
		}
		found := false
		for i, w := range ways {
			found = found || (w.meant(one.in()) && where.has(read[i]))
		}
		if !found {
			notes = append(notes, one.String()+" is in an account or region that is not read")
		}
	}
	return notes
}
