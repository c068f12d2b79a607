package awsapi

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/migtop/migtop/internal/clock"
)

// Member is one account of an [Organization].
type Member struct {
	Account     Account
	Regions     []string // at least one; what runs there is the same in each, billed apart
	Partition   string   // "" is "aws"
	AccessKeyID string   // of a user of this account, "" for none
	Roles       []Trust
	// Shared is what others share with this account, which makes it a monitoring account
	// in the regions that both are in.
	Shared Sharing
}

// Trust is a role of an account that others may assume.
type Trust struct {
	Name       string
	Trusts     string // the account whose users may; "" for all
	ExternalID string // what the trust policy asks for, "" for nothing
}

// Organization is several accounts and regions behind one endpoint, as AWS's own
// endpoints are: which one is asked follows from the key and the region that a
// request is signed with. STS gives out temporary keys of roles.
type Organization struct {
	clock   clock.Clock
	members []Member
	servers map[place]*Server

	mu       sync.Mutex
	sessions map[string]*session // by temporary access key
	assumed  int

	http   *http.Server
	served chan error
}

type place struct{ account, region string }

// session is temporary credentials.
type session struct {
	account, token string
	expires        time.Time // of the machine's clock, which SDKs go by
}

// NewOrganization makes an organization that goes by a clock.
func NewOrganization(c clock.Clock, members ...Member) (*Organization, error) {
	o := &Organization{clock: c, members: members, servers: map[place]*Server{}, sessions: map[string]*session{}}
	for _, m := range members {
		if len(m.Regions) == 0 {
			return nil, fmt.Errorf("awsapi: account %s is in no region", m.Account.ID())
		}
		for _, region := range m.Regions {
			s, err := New(Config{Account: m.Account, Clock: c, Region: region, Partition: m.Partition})
			if err != nil {
				return nil, err
			}
			s.organization = o
			s.Share(m.Shared)
			o.servers[place{m.Account.ID(), region}] = s
		}
	}
	if len(members) == 0 {
		return nil, errors.New("awsapi: an organization without accounts")
	}
	return o, nil
}

// Server is the part of one account and region, nil where there is none. It has the
// counters and faults of that part.
func (o *Organization) Server(account, region string) *Server {
	return o.servers[place{account, region}]
}

// Expire ends all temporary credentials at once.
func (o *Organization) Expire() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, s := range o.sessions {
		s.expires = time.Time{}
	}
}

// Start listens on a free port of loopback, as [Server.Start] does.
func (o *Organization) Start(ctx context.Context) (string, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("awsapi: cannot listen on loopback: %w", err)
	}
	o.http = &http.Server{Handler: o, ReadHeaderTimeout: 10 * time.Second}
	o.served = make(chan error, 1)
	go func() { o.served <- o.http.Serve(listener) }()
	return "http://" + listener.Addr().String(), nil
}

// Close stops serving and waits for it.
func (o *Organization) Close() error {
	err := o.http.Close()
	if served := <-o.served; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}

// ServeHTTP hands a request to the account of its key in the region of its signature.
func (o *Organization) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, credential, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	parts := strings.Split(credential, "/")
	region := ""
	if len(parts) > 2 {
		region = parts[2]
	}
	account := o.accountOf(parts[0])
	s := o.servers[place{account, region}]
	if s == nil { // refuses it by itself: the wrong region, or an unknown key
		for _, m := range o.members {
			if account == "" || m.Account.ID() == account {
				s = o.servers[place{m.Account.ID(), m.Regions[0]}]
				if same := o.servers[place{m.Account.ID(), region}]; same != nil {
					s = same
				}
				break
			}
		}
	}
	s.ServeHTTP(w, r)
}

// accountOf is the account of a key, "" for an unknown one.
func (o *Organization) accountOf(key string) string {
	o.mu.Lock()
	defer o.mu.Unlock()
	if s := o.sessions[key]; s != nil {
		return s.account
	}
	for _, m := range o.members {
		if m.AccessKeyID != "" && m.AccessKeyID == key {
			return m.Account.ID()
		}
	}
	return ""
}

// keyState is what a key is worth.
type keyState uint8

const (
	keyUnknown keyState = iota
	keyGood
	keyExpired
)

// check judges a key and its token in an account.
func (o *Organization) check(account, key, token string) keyState {
	if o.accountOf(key) != account {
		return keyUnknown
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	s := o.sessions[key]
	switch {
	case s == nil:
		return keyGood
	case s.token != token:
		return keyUnknown
	case !time.Now().Before(s.expires):
		return keyExpired
	}
	return keyGood
}

// assumeRole answers STS's AssumeRole to a user of one account.
// Source: AWS STS API reference, AssumeRole.
func (o *Organization) assumeRole(w http.ResponseWriter, caller *Server, form url.Values) *apiError {
	arn := form.Get("RoleArn")
	denied := &apiError{
		http.StatusForbidden, "AccessDenied", "AccessDenied",
		fmt.Sprintf("User: %s is not authorized to perform: sts:AssumeRole on resource: %s", caller.caller(), arn),
	}
	seconds := int64(3600)
	if v := form.Get("DurationSeconds"); v != "" {
		n, err := strconv.ParseInt(v, 10, 64)
		if err != nil || n < 900 || n > 43200 {
			return invalid("1 validation error detected: Value '" + v + "' at 'durationSeconds' failed to satisfy constraint")
		}
		seconds = n
	}
	if form.Get("RoleSessionName") == "" || arn == "" {
		return invalid("1 validation error detected: RoleArn and RoleSessionName must not be null")
	}
	if f := caller.Faults(); f.denies("sts:AssumeRole") {
		return denied
	}
	account, name := o.role(arn, caller.cfg.Account.ID(), form.Get("ExternalId"))
	if account == "" {
		return denied
	}
	o.mu.Lock()
	o.assumed++
	key := fmt.Sprintf("ASIASIMULATED%07d", o.assumed)
	s := &session{account: account, token: "token-of-" + key, expires: time.Now().Add(time.Duration(seconds) * time.Second)}
	o.sessions[key] = s
	o.mu.Unlock()
	writeXML(w, http.StatusOK, struct {
		XMLName    xml.Name `xml:"https://sts.amazonaws.com/doc/2011-06-15/ AssumeRoleResponse"`
		Key        string   `xml:"AssumeRoleResult>Credentials>AccessKeyId"`
		Secret     string   `xml:"AssumeRoleResult>Credentials>SecretAccessKey"`
		Token      string   `xml:"AssumeRoleResult>Credentials>SessionToken"`
		Expiration string   `xml:"AssumeRoleResult>Credentials>Expiration"`
		Arn        string   `xml:"AssumeRoleResult>AssumedRoleUser>Arn"`
		ID         string   `xml:"AssumeRoleResult>AssumedRoleUser>AssumedRoleId"`
		Request    string   `xml:"ResponseMetadata>RequestId"`
	}{
		Key: key, Secret: "secret-of-" + key, Token: s.token, Expiration: s.expires.UTC().Format(time.RFC3339),
		Arn: "arn:" + caller.cfg.Partition + ":sts::" + account + ":assumed-role/" + name + "/" + form.Get("RoleSessionName"),
		ID:  "AROASIMULATED:" + form.Get("RoleSessionName"), Request: w.Header().Get("X-Amzn-Requestid"),
	})
	return nil
}

// role finds a role that a user of an account may assume, "" for none.
func (o *Organization) role(arn, from, externalID string) (account, name string) {
	for _, m := range o.members {
		partition := m.Partition
		if partition == "" {
			partition = "aws"
		}
		for _, r := range m.Roles {
			if arn == "arn:"+partition+":iam::"+m.Account.ID()+":role/"+r.Name &&
				(r.Trusts == "" || r.Trusts == from) && r.ExternalID == externalID {
				return m.Account.ID(), r.Name
			}
		}
	}
	return "", ""
}
