package awsapi

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// functionAction is one question about one function.
type functionAction struct {
	prefix, suffix string // of the path, around the function's name
	action         string
	serve          func(s *Server, w http.ResponseWriter, r *http.Request, q *question) *apiError
}

// functionActions are what the Lambda API is asked about one function, the longer
// suffixes first. Source: Lambda API reference, "Request syntax" of each action.
var functionActions = []functionAction{
	{"/2015-03-31/functions/", "/aliases", "lambda:ListAliases", (*Server).listAliases},
	{"/2015-03-31/functions/", "/versions", "lambda:ListVersionsByFunction", (*Server).listVersions},
	{"/2015-03-31/functions/", "/policy", "lambda:GetPolicy", (*Server).getPolicy},
	{"/2015-03-31/functions/", "/configuration", "lambda:GetFunctionConfiguration", (*Server).getConfiguration},
	{"/2019-09-30/functions/", "/concurrency", "lambda:GetFunctionConcurrency", (*Server).getConcurrency},
	{"/2019-09-30/functions/", "/provisioned-concurrency", "lambda:ListProvisionedConcurrencyConfigs", (*Server).listProvisioned},
	{"/2019-09-25/functions/", "/event-invoke-config/list", "lambda:ListFunctionEventInvokeConfigs", (*Server).listAsync},
	{"/2021-10-31/functions/", "/urls", "lambda:ListFunctionUrlConfigs", (*Server).listURLs},
	{"/2015-03-31/functions/", "", "lambda:GetFunction", (*Server).getFunction},
}

// question is what is asked about: a function, and maybe one alias or version.
type question struct {
	function  *Function
	detail    *Detail
	qualifier string // "" for the function itself
	query     url.Values
}

// routeFunction finds the action of a path about one function.
func (s *Server) routeFunction(path string) (action string, _ handler) {
	for i := range functionActions {
		a := &functionActions[i]
		name, ok := strings.CutPrefix(path, a.prefix)
		if !ok {
			continue
		}
		if name, ok = strings.CutSuffix(name, a.suffix); !ok || name == "" || strings.Contains(name, "/") {
			continue
		}
		return a.action, func(w http.ResponseWriter, r *http.Request, _ []byte) *apiError {
			if fault := onlyGet(r); fault != nil {
				return fault
			}
			q, fault := s.about(name, r.URL.Query())
			if fault != nil {
				return fault
			}
			return a.serve(s, w, r, q)
		}
	}
	return "", nil
}

// about finds what a name in a path means: NAME, NAME:QUALIFIER,
// ACCOUNT:function:NAME or an ARN, the last three with a qualifier or without.
func (s *Server) about(escaped string, query url.Values) (*question, *apiError) {
	name, err := url.PathUnescape(escaped)
	if err != nil {
		return nil, badParameter("Invalid function name")
	}
	bare, _ := strings.CutPrefix(name, s.arn(""))
	bare, _ = strings.CutPrefix(bare, s.cfg.Account.ID()+":function:")
	bare, qualifier, _ := strings.Cut(bare, ":")
	if asked := query.Get("Qualifier"); asked != "" {
		if qualifier != "" && qualifier != asked {
			return nil, badParameter("The derived qualifier from the function name does not match the specified qualifier.")
		}
		qualifier = asked
	}
	f, fault := s.function(bare)
	if fault != nil {
		return nil, fault
	}
	q := &question{function: f, detail: f.Detail, qualifier: qualifier, query: query}
	if q.detail == nil {
		q.detail = &Detail{}
	}
	if qualifier != "" && q.version() == "" {
		return nil, notFound("Function not found: " + s.arn(bare) + ":" + qualifier)
	}
	return q, nil
}

// version is the version that the qualifier means, "" where there is none
// such.
func (q *question) version() string {
	if q.qualifier == "" || q.qualifier == "$LATEST" {
		return "$LATEST"
	}
	for _, a := range q.detail.Aliases {
		if a.Name == q.qualifier {
			return a.Version
		}
	}
	if n, err := strconv.Atoi(q.qualifier); err == nil && n >= 1 && n <= q.detail.Versions {
		return q.qualifier
	}
	return ""
}

func notFound(message string) *apiError {
	return &apiError{http.StatusNotFound, "ResourceNotFoundException", "ResourceNotFoundException", message}
}

// qualifiedARN is the ARN of the function, or of an alias or version of it.
func (s *Server) qualifiedARN(q *question, qualifier string) string {
	if qualifier == "" {
		return s.arn(q.function.Name)
	}
	return s.arn(q.function.Name) + ":" + qualifier
}

// asked is the configuration as it stands at the qualifier.
func (s *Server) asked(q *question) functionConfiguration {
	c := s.configuration(q.function)
	c.published(q.detail, q.version())
	c.FunctionArn = s.qualifiedARN(q, q.qualifier)
	return c
}

// published turns the function's configuration into that of one of its versions.
func (c *functionConfiguration) published(d *Detail, version string) {
	c.Version = version
	own, ok := d.Published[version]
	if !ok {
		return
	}
	c.MemorySize = cmp.Or(own.MemoryMB, c.MemorySize)
	c.EphemeralStorage.Size = cmp.Or(own.EphemeralMB, c.EphemeralStorage.Size)
	c.Timeout = cmp.Or(int64(own.Timeout.Seconds()), c.Timeout)
	c.Architectures = []string{cmp.Or(own.Arch, c.Architectures[0])}
}

func (s *Server) getConfiguration(w http.ResponseWriter, _ *http.Request, q *question) *apiError {
	writeJSON(w, s.asked(q))
	return nil
}

// getFunction answers Lambda's GetFunction.
func (s *Server) getFunction(w http.ResponseWriter, _ *http.Request, q *question) *apiError {
	type code struct {
		RepositoryType   string
		Location         string `json:",omitempty"`
		ImageUri         string `json:",omitempty"`
		ResolvedImageUri string `json:",omitempty"`
	}
	type concurrency struct{ ReservedConcurrentExecutions int32 }
	out := struct {
		Code          code
		Concurrency   *concurrency `json:",omitempty"`
		Configuration functionConfiguration
		Tags          map[string]string `json:",omitempty"`
	}{Configuration: s.asked(q), Tags: q.function.Tags}
	if out.Configuration.PackageType == "Image" {
		repository, _, _ := strings.Cut(q.detail.ImageURI, ":")
		repository, _, _ = strings.Cut(repository, "@")
		digest, _ := base64.StdEncoding.DecodeString(out.Configuration.CodeSha256) // made by us
		out.Code = code{
			RepositoryType: "ECR", ImageUri: q.detail.ImageURI,
			ResolvedImageUri: repository + "@sha256:" + hex.EncodeToString(digest),
		}
	} else {
		out.Code = code{RepositoryType: "S3", Location: "https://awslambda-" + s.cfg.Region + "-tasks.s3." + s.cfg.Region +
			".amazonaws.com/snapshots/" + q.function.Name}
	}
	if q.detail.Reserved != nil {
		out.Concurrency = &concurrency{*q.detail.Reserved}
	}
	writeJSON(w, out)
	return nil
}

// pageSize is how many items a page has: what the request asks for, up to a limit.
func pageSize(query url.Values, most int) (int, *apiError) {
	v := query.Get("MaxItems")
	if v == "" {
		return most, nil
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < 1 || n > 10_000 {
		return 0, badParameter("MaxItems must be between 1 and 10000")
	}
	return min(n, most), nil
}

// page cuts the page that is asked for out of a list. The marker is the number of
// the first item, in an opaque form.
func page[T any](list []T, query url.Values, most int) (items []T, next string, _ *apiError) {
	size, fault := pageSize(query, most)
	if fault != nil {
		return nil, "", fault
	}
	from := 0
	if marker := query.Get("Marker"); marker != "" {
		text, err := base64.RawURLEncoding.DecodeString(marker)
		n, nerr := strconv.Atoi(string(text))
		if err != nil || nerr != nil || n < 0 || n > len(list) {
			return nil, "", badParameter("Invalid Marker")
		}
		from = n
	}
	to := min(from+size, len(list))
	if to < len(list) {
		next = base64.RawURLEncoding.EncodeToString([]byte(strconv.Itoa(to)))
	}
	return list[from:to], next, nil
}

// writeList answers with a page of a list under a name.
func writeList[T any](w http.ResponseWriter, q url.Values, name string, list []T, most int) *apiError {
	items, next, fault := page(list, q, most)
	if fault != nil {
		return fault
	}
	if items == nil {
		items = []T{}
	}
	out := map[string]any{name: items}
	if next != "" {
		out["NextMarker"] = next
	}
	writeJSON(w, out)
	return nil
}

func (s *Server) listAliases(w http.ResponseWriter, _ *http.Request, q *question) *apiError {
	type routing struct{ AdditionalVersionWeights map[string]float64 }
	type alias struct {
		AliasArn, Description, FunctionVersion, Name, RevisionId string
		RoutingConfig                                            *routing `json:",omitempty"`
	}
	var list []alias
	for _, a := range q.detail.Aliases {
		one := alias{AliasArn: s.qualifiedARN(q, a.Name), FunctionVersion: a.Version, Name: a.Name, RevisionId: "rev-" + a.Name}
		if len(a.Shares) > 0 {
			one.RoutingConfig = &routing{a.Shares}
		}
		list = append(list, one)
	}
	return writeList(w, q.query, "Aliases", list, 50)
}

func (s *Server) listVersions(w http.ResponseWriter, _ *http.Request, q *question) *apiError {
	list := []functionConfiguration{}
	for n := range q.detail.Versions + 1 {
		c := s.configuration(q.function)
		if n > 0 {
			c.published(q.detail, strconv.Itoa(n))
		}
		c.FunctionArn = s.qualifiedARN(q, c.Version)
		list = append(list, c)
	}
	return writeList(w, q.query, "Versions", list, 50)
}

func (s *Server) getPolicy(w http.ResponseWriter, _ *http.Request, q *question) *apiError {
	policy := q.detail.Policies[q.qualifier]
	if policy == "" {
		return notFound("The resource you requested does not exist.")
	}
	writeJSON(w, struct{ Policy, RevisionId string }{policy, "rev-policy"})
	return nil
}

func (s *Server) getConcurrency(w http.ResponseWriter, _ *http.Request, q *question) *apiError {
	writeJSON(w, struct {
		ReservedConcurrentExecutions *int32 `json:",omitempty"`
	}{q.detail.Reserved})
	return nil
}

func (s *Server) listProvisioned(w http.ResponseWriter, _ *http.Request, q *question) *apiError {
	if q.query.Get("List") != "ALL" {
		return badParameter("the simulated account lists all provisioned concurrency and looks none up")
	}
	type provisioned struct {
		AllocatedProvisionedConcurrentExecutions int32
		AvailableProvisionedConcurrentExecutions int32
		FunctionArn                              string
		LastModified                             string
		RequestedProvisionedConcurrentExecutions int32
		Status                                   string
	}
	var list []provisioned
	for _, qualifier := range sortedKeys(q.detail.Provisioned) {
		n := q.detail.Provisioned[qualifier]
		list = append(list, provisioned{n, n, s.qualifiedARN(q, qualifier), s.configuration(q.function).LastModified, n, "READY"})
	}
	return writeList(w, q.query, "ProvisionedConcurrencyConfigs", list, 50)
}

func (s *Server) listAsync(w http.ResponseWriter, _ *http.Request, q *question) *apiError {
	type config struct {
		DestinationConfig        destinations
		FunctionArn              string
		LastModified             any
		MaximumEventAgeInSeconds int64 `json:",omitempty"`
		MaximumRetryAttempts     int32
	}
	var list []config
	for _, a := range q.detail.Async {
		qualifier := a.Qualifier
		if qualifier == "" {
			qualifier = "$LATEST"
		}
		list = append(list, config{
			destinations{target{a.OnSuccess}, target{a.OnFailure}},
			s.qualifiedARN(q, qualifier),
			epochSeconds(q.function.Modified), int64(a.MaxAge.Seconds()), a.Retries,
		})
	}
	return writeList(w, q.query, "FunctionEventInvokeConfigs", list, 50)
}

func (s *Server) listURLs(w http.ResponseWriter, _ *http.Request, q *question) *apiError {
	type config struct{ AuthType, CreationTime, FunctionArn, FunctionUrl, InvokeMode, LastModifiedTime string }
	var list []config
	at := q.function.Modified.UTC().Format("2006-01-02T15:04:05.000000Z")
	for _, qualifier := range sortedKeys(q.detail.URLs) {
		sum := sha256.Sum256([]byte(s.qualifiedARN(q, qualifier)))
		host := "https://" + hex.EncodeToString(sum[:16]) + ".lambda-url." + s.cfg.Region + ".on.aws/"
		list = append(list, config{q.detail.URLs[qualifier], at, s.qualifiedARN(q, qualifier), host, "BUFFERED", at})
	}
	return writeList(w, q.query, "FunctionUrlConfigs", list, 50)
}

// listMappings answers Lambda's ListEventSourceMappings, of one function or of the account. Mappings of an alias or a version are
// listed under that alone, and with those of the account.
func (s *Server) listMappings(w http.ResponseWriter, r *http.Request, _ []byte) *apiError {
	if fault := onlyGet(r); fault != nil {
		return fault
	}
	query := r.URL.Query()
	list := []mapping{}
	if name := query.Get("FunctionName"); name != "" {
		q, fault := s.about(url.PathEscape(name), query)
		if fault != nil {
			return fault
		}
		list = s.mappingsOf(q.function, func(qualifier string) bool { return qualifier == q.qualifier })
		return writeList(w, query, "EventSourceMappings", list, 100)
	}
	functions := s.cfg.Account.Functions(s.cfg.Clock.Now())
	for i := range functions {
		list = append(list, s.mappingsOf(&functions[i], func(string) bool { return true })...)
	}
	slices.SortFunc(list, func(a, b mapping) int { return strings.Compare(a.UUID, b.UUID) })
	return writeList(w, query, "EventSourceMappings", list, 100)
}

// mapping is an event source mapping as Lambda writes it.
type mapping struct {
	BatchSize                      int32
	DestinationConfig              *destinations `json:",omitempty"`
	EventSourceArn                 string
	EventSourceMappingArn          string
	FilterCriteria                 any `json:",omitempty"`
	FunctionArn                    string
	FunctionResponseTypes          []string `json:",omitempty"`
	LastModified                   any
	MaximumBatchingWindowInSeconds int64
	ScalingConfig                  *scaling `json:",omitempty"`
	State                          string
	StateTransitionReason          string
	UUID                           string
}

type scaling struct{ MaximumConcurrency int32 }

// mappingsOf are those of a function's mappings whose qualifier is wanted.
func (s *Server) mappingsOf(f *Function, wanted func(qualifier string) bool) (list []mapping) {
	if f.Detail == nil {
		return nil
	}
	for _, m := range f.Detail.Mappings {
		if !wanted(m.Qualifier) {
			continue
		}
		one := mapping{
			BatchSize: m.BatchSize, EventSourceArn: m.Source,
			EventSourceMappingArn: strings.Replace(s.arn(""), ":function:", ":event-source-mapping:", 1) + m.UUID,
			FilterCriteria:        patterns(m.Filter), FunctionArn: s.qualifiedARN(&question{function: f}, m.Qualifier),
			LastModified:                   epochSeconds(f.Modified),
			MaximumBatchingWindowInSeconds: int64(m.Window.Seconds()), State: "Enabled", StateTransitionReason: "USER_INITIATED",
			UUID: m.UUID,
		}
		if m.Disabled {
			one.State = "Disabled"
		}
		if m.PartialBatch {
			one.FunctionResponseTypes = []string{"ReportBatchItemFailures"}
		}
		if m.MaxConcurrency > 0 {
			one.ScalingConfig = &scaling{m.MaxConcurrency}
		}
		if m.OnFailure != "" {
			one.DestinationConfig = &destinations{OnFailure: target{m.OnFailure}}
		}
		list = append(list, one)
	}
	return list
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
