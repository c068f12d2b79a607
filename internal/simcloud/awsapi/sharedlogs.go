package awsapi

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// accountGroup is a log group of an account.
type accountGroup struct {
	of   *Server
	name string
}

// arn is the log group's, as queries name it: without the asterisk.
func (g accountGroup) arn() string {
	return "arn:" + g.of.cfg.Partition + ":logs:" + g.of.cfg.Region + ":" + g.of.cfg.Account.ID() + ":log-group:" + g.name
}

// logGroups are the names of the log groups that exist.
func (s *Server) logGroups(now time.Time) []string {
	if account, ok := s.cfg.Account.(LogAccount); ok {
		return account.LogGroups(now)
	}
	return nil
}

// sharingLogs is the account that shares its log groups with this one, nil for none: it is
// in the same region.
func (s *Server) sharingLogs(account string) *Server {
	switch {
	case account == s.cfg.Account.ID():
		return s
	case s.organization == nil || !slices.Contains(s.shared().Logs, account):
		return nil
	}
	return s.organization.Server(account, s.cfg.Region)
}

// identified is the log group that an identifier names: a name is one in this account, and an
// ARN may be of one that shares its log groups with it.
// Source: CloudWatch Logs API reference, StartQuery, logGroupIdentifiers.
func (s *Server) identified(id string) (accountGroup, *apiError) {
	if !strings.HasPrefix(id, "arn:") {
		return accountGroup{s, id}, nil
	}
	parts := strings.SplitN(id, ":", 7)
	if len(parts) != 7 || parts[1] != s.cfg.Partition || parts[2] != "logs" || parts[3] != s.cfg.Region || parts[5] != "log-group" ||
		strings.HasSuffix(id, "*") {
		return accountGroup{}, badParameterRPC("Invalid log group identifier: " + id)
	}
	of := s.sharingLogs(parts[4])
	if of == nil {
		return accountGroup{}, noSuch("Log group '" + parts[6] + "' does not exist for account ID '" + parts[4] + "'")
	}
	return accountGroup{of, parts[6]}, nil
}

// maxAccounts is how many accounts one list of log groups may name.
const maxAccounts = 20

type describeLogGroupsInput struct {
	LogGroupNamePrefix, NextToken string
	AccountIdentifiers            []string
	IncludeLinkedAccounts         bool
	Limit                         *int
}

// describeLogGroups answers DescribeLogGroups, by prefix.
func (s *Server) describeLogGroups(in *describeLogGroupsInput) (any, *apiError) {
	page := 50
	if in.Limit != nil {
		if page = *in.Limit; page < 1 || page > 50 {
			return nil, badParameterRPC("limit must be between 1 and 50")
		}
	}
	type group struct {
		ARN   string `json:"arn"`
		Plain string `json:"logGroupArn"`
		Name  string `json:"logGroupName"`
	}
	of := []*Server{s}
	switch {
	case !in.IncludeLinkedAccounts && len(in.AccountIdentifiers) > 0:
		return nil, badParameterRPC("accountIdentifiers is for lists with includeLinkedAccounts")
	case len(in.AccountIdentifiers) > maxAccounts:
		return nil, badParameterRPC(fmt.Sprintf("at most %d accountIdentifiers", maxAccounts))
	case in.IncludeLinkedAccounts:
		for _, account := range s.shared().Logs {
			if one := s.sharingLogs(account); one != nil {
				of = append(of, one)
			}
		}
	}
	groups := []group{}
	for _, one := range of {
		if len(in.AccountIdentifiers) > 0 && !slices.Contains(in.AccountIdentifiers, one.cfg.Account.ID()) {
			continue
		}
		for _, name := range one.logGroups(s.cfg.Clock.Now()) {
			if strings.HasPrefix(name, in.LogGroupNamePrefix) {
				arn := accountGroup{one, name}.arn()
				groups = append(groups, group{arn + ":*", arn, name})
			}
		}
	}
	shown, next, fault := cutPage(groups, in.NextToken, page, badParameterRPC("The specified nextToken is invalid."))
	if fault != nil {
		return nil, fault
	}
	out := struct {
		Groups []group `json:"logGroups"`
		Next   string  `json:"nextToken,omitempty"`
	}{shown, next}
	return out, nil
}
