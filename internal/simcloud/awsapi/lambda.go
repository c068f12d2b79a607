package awsapi

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// functionsPerPage is the most that ListFunctions returns, whatever MaxItems.
// Source: Lambda API reference, ListFunctions.
const functionsPerPage = 50

// functionConfiguration is what the Lambda API says of a function, as far as
// a client here reads it.
type functionConfiguration struct {
	Architectures []string
	// CapacityProviderConfig is there on Lambda Managed Instances alone.
	CapacityProviderConfig *capacityProvider `json:",omitempty"`
	CodeSha256             string
	CodeSize               int64
	Description            string
	EphemeralStorage       struct{ Size int32 }
	FunctionArn            string
	FunctionName           string
	Handler                string `json:",omitempty"`
	LastModified           string
	LoggingConfig          loggingConfig
	MemorySize             int32
	PackageType            string
	RevisionId             string
	Role                   string
	Runtime                string                                `json:",omitempty"`
	TenancyConfig          *struct{ TenantIsolationMode string } `json:",omitempty"`
	Timeout                int64
	TracingConfig          struct{ Mode string }
	Version                string
	details
}

type capacityProvider struct {
	LambdaManagedInstancesCapacityProviderConfig struct {
		CapacityProviderArn string
	}
}

type loggingConfig struct {
	ApplicationLogLevel string `json:",omitempty"`
	LogFormat, LogGroup string
	SystemLogLevel      string `json:",omitempty"`
}

func (s *Server) configuration(f *Function) functionConfiguration {
	sum := sha256.Sum256([]byte(f.Name + f.Modified.String()))
	hex := func(from, to int) string { return strconv.FormatUint(uint64(sum[from])<<8|uint64(sum[to]), 16) }
	c := functionConfiguration{
		Architectures: []string{f.Arch},
		CodeSha256:    base64.StdEncoding.EncodeToString(sum[:]),
		CodeSize:      1<<20 + int64(sum[0])<<12,
		Description:   f.Description,
		FunctionArn:   s.arn(f.Name),
		FunctionName:  f.Name,
		Handler:       "index.handler",
		LastModified:  f.Modified.UTC().Format("2006-01-02T15:04:05.000+0000"),
		MemorySize:    f.MemoryMB,
		PackageType:   f.PackageType,
		RevisionId:    "rev-" + hex(1, 2) + "-" + hex(3, 4),
		Role:          "arn:" + s.cfg.Partition + ":iam::" + s.cfg.Account.ID() + ":role/service-role/lambda",
		Runtime:       f.Runtime,
		Timeout:       int64(f.Timeout.Seconds()),
		Version:       "$LATEST",
	}
	c.EphemeralStorage.Size = f.EphemeralMB
	c.LoggingConfig.LogFormat = cmp.Or(f.LogFormat, "Text")
	c.LoggingConfig.LogGroup = cmp.Or(f.LogGroup, "/aws/lambda/"+f.Name)
	if f.Isolated {
		c.TenancyConfig = &struct{ TenantIsolationMode string }{"PER_TENANT"}
	}
	if f.CapacityProvider != "" {
		c.CapacityProviderConfig = &capacityProvider{}
		c.CapacityProviderConfig.LambdaManagedInstancesCapacityProviderConfig.CapacityProviderArn = f.CapacityProvider
	}
	c.TracingConfig.Mode = "PassThrough"
	if f.Arch == "" {
		c.Architectures[0] = "x86_64"
	}
	if f.EphemeralMB == 0 {
		c.EphemeralStorage.Size = 512
	}
	if f.PackageType == "" {
		c.PackageType = "Zip"
	}
	if c.PackageType == "Image" {
		c.Handler, c.Runtime = "", ""
	}
	s.describe(&c, f.Detail)
	return c
}

// badParameter is Lambda's refusal of a malformed question.
func badParameter(message string) *apiError {
	return &apiError{http.StatusBadRequest, "InvalidParameterValueException", "InvalidParameterValueException", message}
}

func onlyGet(r *http.Request) *apiError {
	if r.Method != http.MethodGet {
		return &apiError{
			http.StatusMethodNotAllowed, "UnsupportedOperationException", "UnsupportedOperationException",
			"the simulated account is read only: " + r.Method + " is refused",
		}
	}
	return nil
}

// listFunctions answers Lambda's ListFunctions. The marker is the name of the
// last function sent, so that a page stays right when functions come and go.
func (s *Server) listFunctions(w http.ResponseWriter, r *http.Request, _ []byte) *apiError {
	if fault := onlyGet(r); fault != nil {
		return fault
	}
	query := r.URL.Query()
	page, fault := pageSize(query, functionsPerPage)
	if fault != nil {
		return fault
	}
	functions := s.functions()
	from := 0
	if marker := query.Get("Marker"); marker != "" {
		last, err := base64.RawURLEncoding.DecodeString(marker)
		if err != nil {
			return badParameter("Invalid Marker")
		}
		at, found := slices.BinarySearchFunc(functions, string(last), func(f Function, name string) int { return strings.Compare(f.Name, name) })
		from = at
		if found {
			from++
		}
	}
	to := min(from+page, len(functions))
	out := struct {
		Functions  []functionConfiguration
		NextMarker string `json:",omitempty"`
	}{Functions: make([]functionConfiguration, 0, to-from)}
	for i := from; i < to; i++ {
		out.Functions = append(out.Functions, s.configuration(&functions[i]))
	}
	if to < len(functions) {
		out.NextMarker = base64.RawURLEncoding.EncodeToString([]byte(functions[to-1].Name))
	}
	writeJSON(w, out)
	return nil
}

// listTags answers Lambda's ListTags, which takes ARNs only.
func (s *Server) listTags(w http.ResponseWriter, r *http.Request, _ []byte) *apiError {
	if fault := onlyGet(r); fault != nil {
		return fault
	}
	arn, err := url.PathUnescape(strings.TrimPrefix(r.URL.EscapedPath(), "/2017-03-31/tags/"))
	if err != nil || !strings.HasPrefix(arn, "arn:") {
		return badParameter("Value '" + arn + "' at 'resource' failed to satisfy constraint: it must be an ARN")
	}
	f, fault := s.function(arn)
	if fault != nil {
		return fault
	}
	tags := f.Tags
	if tags == nil {
		tags = map[string]string{}
	}
	writeJSON(w, struct{ Tags map[string]string }{tags})
	return nil
}

// functions are what the Lambda API knows now, sorted by name.
func (s *Server) functions() []Function {
	all := s.cfg.Account.Functions(s.cfg.Clock.Now())
	deleted := func(f Function) bool { return f.Deleted }
	if slices.ContainsFunc(all, deleted) {
		return slices.DeleteFunc(slices.Clone(all), deleted)
	}
	return all
}

// function finds a function by its name or its ARN in this account and region.
func (s *Server) function(name string) (*Function, *apiError) {
	bare := name
	if strings.HasPrefix(name, "arn:") {
		bare, _ = strings.CutPrefix(name, s.arn(""))
	}
	functions := s.functions()
	at, found := slices.BinarySearchFunc(functions, bare, func(f Function, name string) int { return strings.Compare(f.Name, name) })
	if !found {
		return nil, &apiError{http.StatusNotFound, "ResourceNotFoundException", "ResourceNotFoundException", "Function not found: " + s.arn(bare)}
	}
	return &functions[at], nil
}

func writeJSON(w http.ResponseWriter, v any) {
	body, err := json.Marshal(v)
	if err != nil { // the types here are fixed and always encode
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(body)
}
