package main

import (
	"context"
	"slices"
	"strings"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources/awsaccess"
)

// linked says to the source of a monitoring account who it is and which accounts of its
// region are read by ways of their own: those know more, and are asked alone. Links do
// not reach over regions. It is nil for every other account.
func (a *app) linked(w awsTarget) func(context.Context) (string, []string, error) {
	if !w.linked {
		return nil
	}
	return func(ctx context.Context) (string, []string, error) {
		region, own, err := placeOf(ctx, w)
		if err != nil {
			return "", nil, err
		}
		var direct []string
		for _, other := range a.systems.aws {
			if other.account == w.account || (other.options.Region != "" && other.options.Region != region) {
				continue
			}
			in, account, err := placeOf(ctx, other)
			if err != nil {
				p := asProblem(err)
				return "", nil, &migration.Problem{
					Fault: migration.FaultConfig, Err: err,
					What: "linked accounts wait: which account " + other.account.Name + " is cannot be told (" + p.What + "), and it must not be counted twice",
					Fix:  p.Fix,
				}
			}
			if in == region && !slices.Contains(direct, account) {
				direct = append(direct, account)
			}
		}
		return own, direct, nil
	}
}

// placeOf is the region and the account's number of a way. Where it assumes a role,
// that tells the number, also of an account that does not answer.
func placeOf(ctx context.Context, w awsTarget) (region, account string, err error) {
	if arn := strings.Split(w.options.Role, ":"); len(arn) > 4 && w.options.Region != "" {
		return w.options.Region, arn[4], nil
	}
	access, err := awsaccess.LoadConfig(ctx, w.options)
	if err != nil {
		return "", "", err
	}
	defer access.Close()
	account, err = access.Account(ctx)
	return access.Region(), account, err
}
