// Package awsscope says where things in AWS are: it reads ARNs, regions and queue URLs,
// and finds out which of the accounts and regions that are read an entry of the
// configuration means. It calls no API: [Target.Locate] is given to it.
package awsscope

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/migtop/migtop/internal/migration"
)

// Place is a region code and an account number, "" for any.
type Place struct{ Region, Account string }

// Contains reports whether a region and account number lie in the place.
func (p Place) Contains(q Place) bool {
	return (p.Region == "" || p.Region == q.Region) && (p.Account == "" || p.Account == q.Account)
}

// Target is one account and region that is read.
type Target struct {
	// Account is the name of the account in the configuration, "" where only one is read.
	Account string
	// Region is the region code as it was configured, "" where the AWS profile sets it.
	Region string
	// Locate returns the region and the account number. It may ask AWS.
	Locate func(context.Context) (Place, error)
}

// Entry is something in AWS that the configuration names.
type Entry interface {
	// InAccount is the account that the configuration gives, "" for any.
	InAccount() string
	// At is the place in its ARN or URL, zero where it has neither.
	At() Place
	// Title is the entry for people.
	Title() string
}

// Applies reports whether something in an account of the configuration, "" for any, may
// be in the target.
func (t Target) Applies(account string) bool {
	return account == "" || t.Account == "" || t.Account == account
}

// AnyApplies reports whether one of the entries may be in the target.
func AnyApplies[E Entry](t Target, entries []E) bool {
	return slices.ContainsFunc(entries, func(e E) bool { return t.Applies(e.InAccount()) })
}

// NeedsSearch reports whether an entry has only a name, and may be in several of the
// targets. Each of them is searched then.
func NeedsSearch(targets []Target, e Entry) bool {
	n := 0
	for _, t := range targets {
		if t.Applies(e.InAccount()) {
			n++
		}
	}
	return n > 1 && e.At() == Place{}
}

// Matches returns the entries to read in a target. It locates the target only where an
// entry has a place. The error says that the target's account is not known.
func Matches[E Entry](ctx context.Context, t Target, entries []E) (matched []E, err error) {
	var own Place
	for _, e := range entries {
		if !t.Applies(e.InAccount()) {
			continue
		}
		at := e.At()
		if at != (Place{}) && own == (Place{}) {
			if own, err = t.Locate(ctx); err != nil {
				return nil, err
			}
		}
		if at.Contains(own) {
			matched = append(matched, e)
		}
	}
	return matched, nil
}

// Unread returns a sentence for each entry whose place is in none of the targets, and
// nothing where one of the targets cannot be located.
func Unread[E Entry](ctx context.Context, targets []Target, entries []E) (notes []string) {
	var read []Place
	for _, e := range entries {
		at := e.At()
		if at == (Place{}) {
			continue
		}
		for i := len(read); i < len(targets); i++ {
			p, err := targets[i].Locate(ctx)
			if err != nil {
				return nil
			}
			read = append(read, p)
		}
		found := false
		for i, t := range targets {
			found = found || (t.Applies(e.InAccount()) && at.Contains(read[i]))
		}
		if !found {
			notes = append(notes, e.Title()+" is in an account or region that is not read")
		}
	}
	return notes
}

// Direct returns the account number of a monitoring account, and those of the accounts in
// its region that other targets read: they are read there alone, not through the monitoring
// account too. Links do not cross regions. The error is a [migration.Problem] where one of
// the other accounts is unknown, since it could be counted twice.
func Direct(ctx context.Context, monitoring Target, targets []Target) (own string, direct []string, err error) {
	at, err := monitoring.Locate(ctx)
	if err != nil {
		return "", nil, err
	}
	for _, t := range targets {
		if (t.Account == monitoring.Account && t.Region == monitoring.Region) || (t.Region != "" && t.Region != at.Region) {
			continue
		}
		other, err := t.Locate(ctx)
		if err != nil {
			return "", nil, waits(t, err)
		}
		if other.Region == at.Region && !slices.Contains(direct, other.Account) {
			direct = append(direct, other.Account)
		}
	}
	return at.Account, direct, nil
}

// waits is the problem of a monitoring account while another account is unknown.
func waits(t Target, err error) error {
	p := &migration.Problem{What: err.Error()}
	errors.As(err, &p)
	return &migration.Problem{
		Fault: migration.FaultConfig, Err: err, Fix: p.Fix,
		What: fmt.Sprintf("linked accounts wait: which account %s is cannot be determined (%s), and it must not be counted twice", t.Account,
			p.What),
	}
}
