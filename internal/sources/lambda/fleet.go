package lambda

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	lambdaapi "github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources/awsaccess"
)

const (
	// listingLag is how long CloudWatch may take to list a metric that began
	// to have data. Source: ListMetrics, "up to 15 minutes".
	listingLag = 15 * time.Minute
	// unseen is the age of the last list of active functions from which on
	// a function may have been active and idle again in between.
	unseen = 2 * time.Hour
	// everyRetry is the time between attempts to list the functions while
	// that fails.
	everyRetry = 5 * time.Minute
	// maxLookups bounds the functions that are looked up one by one in a poll
	// before the whole list is read again.
	maxLookups = 20
	// maxTags bounds the ListTags calls in a poll; the Lambda API allows 15
	// calls a second for the whole account.
	maxTags = 300
)

// fleet is what is known of the functions.
type fleet struct {
	functions map[string]*function // by name; see idOf
	// region and partition are those of all functions.
	region, partition string
	// others says that it is known who this account is, own, and which accounts are
	// read otherwise, direct: linked accounts but those are read through this one.
	others bool
	own    string
	direct []string
	waits  error     // why linked accounts are not read yet; see learnOthers
	listed time.Time // last complete ListFunctions; zero for never
	tried  time.Time // last attempt at it
	active time.Time // last complete list of active functions; zero for never
}

// function is one function, from the Lambda API or from its metrics alone.
type function struct {
	migration.Function
	account    string // of a linked account, "" for the source's own
	found      bool   // the Lambda API described it
	gone       bool   // the Lambda API does not know it: deleted, with metrics left
	tagged     bool
	tags       map[string]string
	attributed bool
	active     bool      // it had data within three hours when that was last listed
	old        bool      // it had data within two weeks when the source began
	pastRead   bool      // those were read, as far back as they are wanted
	fedAt      time.Time // when its event sources were read; zero for never
	aliases    []*alias  // all that were listed, those that are gone too
	aliasesDue time.Time // when they are listed next; zero for never listed
	// aliasesKnown says that they were listed once, and versions is how those behind them
	// are set up that were looked up.
	aliasesKnown bool
	versions     map[string]migration.VersionConfig
	layer        bool // it carries the layer of Lambda Insights
	insights     bool // it publishes Lambda Insights
	// readsLogs says that what its log group takes in is read through it, logsApart that
	// the group is others' too; see layLogs.
	readsLogs, logsApart bool
	// provisioned is how many executions are provisioned, allocated ones, since
	// then.
	provisioned      int64
	provisionedSince time.Time
	// seen is up to when all that began is known, except for what was late
	// then. Zero before it was asked about for the first time.
	seen time.Time
}

// finalityLag is how long after the beginning of a minute its data may change. Where
// the timeout is unknown it is the longest there is.
func (f *function) finalityLag() time.Duration {
	timeout := f.Timeout
	if timeout <= 0 {
		timeout = migration.LambdaWall
	}
	for _, one := range f.aliases {
		if one.apart {
			timeout = one.timeout(timeout)
		}
	}
	return max(5*time.Minute, timeout+3*time.Minute)
}

// refresh updates the lists of functions. An error means that no query would succeed.
// changed says that the functions to show have changed.
func (p *poll) refresh(ctx context.Context) (changed bool, _ error) {
	f := &p.fleet
	// Half a poll early rather than half a poll late.
	due := func(last time.Time, every time.Duration) bool {
		return last.IsZero() || p.Now.Sub(last) >= every-p.Settings.Cadence/2
	}
	if due(f.listed, everyFunctions) && due(f.tried, everyRetry) {
		err := p.listFunctions(ctx)
		if awsaccess.AccountWide(err) {
			p.Row.Fail(err)
			return false, err
		}
		changed = err == nil
	}
	if due(f.active, everyActive) {
		if err := p.listActive(ctx); awsaccess.AccountWide(err) {
			return changed, err
		}
		changed = p.lookUp(ctx) || changed
		if p.Row.Problem() == nil {
			p.listInsights(ctx)
			p.readProvisioned(ctx)
			p.listEmbedded(ctx)
		}
	}
	if len(f.functions) == 0 && p.Row.Problem() != nil && p.lambdaHealth.Problem() != nil {
		return changed, p.Row.Problem()
	}
	p.readTags(ctx)
	changed = p.attribute() || changed
	changed = p.listAliases(ctx) || changed
	if f.waits != nil { // last, since nothing else of this account waits for it
		p.Row.Degrade(f.waits)
	}
	return changed, nil
}

// listFunctions reads all functions. Functions that are gone stay while they have metrics.
func (p *poll) listFunctions(ctx context.Context) error {
	f := &p.fleet
	f.tried = p.Now
	pages := lambdaapi.NewListFunctionsPaginator(p.lambda, &lambdaapi.ListFunctionsInput{})
	present := make(map[string]bool)
	for pages.HasMorePages() {
		began := p.Wall.Now()
		page, err := pages.NextPage(ctx)
		p.lambdaHealth.Called(p.Wall.Now().Sub(began), err != nil)
		if err == nil && page.Functions == nil {
			err = notLambda()
		}
		if err != nil {
			problem := p.Access.Explain("lambda:ListFunctions", err)
			p.lambdaHealth.Fail(problem)
			return problem
		}
		for i := range page.Functions {
			name := aws.ToString(page.Functions[i].FunctionName)
			if name == "" || !p.includes(name) {
				continue
			}
			present[name] = true
			p.describe(f.get(name), &page.Functions[i])
		}
	}
	for name, fn := range f.functions {
		// The Lambda API lists no functions of other accounts.
		if fn.gone = fn.account == "" && !present[name]; !present[name] && !fn.active {
			delete(f.functions, name)
		}
	}
	f.listed = p.Now
	return nil
}

// notLambda is the error of an answer without the list that was asked for.
func notLambda() error {
	return awsaccess.NotThatAPI("lambda:ListFunctions", "HTTP 200 without functions")
}

func (p *poll) includes(name string) bool { return p.Include == nil || p.Include(name) }

func (f *fleet) get(id string) *function {
	fn := f.functions[id]
	if fn == nil {
		account, name := cutID(id)
		fn = &function{Function: migration.Function{Name: name}, account: account}
		if account != "" {
			fn.Function = f.ofLinked(account, name)
		}
		f.functions[id] = fn
	}
	return fn
}

// describe updates a function from the Lambda API.
func (p *poll) describe(fn *function, c *lambdatypes.FunctionConfiguration) {
	arch := migration.X86
	if len(c.Architectures) > 0 && c.Architectures[0] == lambdatypes.ArchitectureArm64 {
		arch = migration.Arm64
	}
	ephemeral := int32(512)
	if c.EphemeralStorage != nil && c.EphemeralStorage.Size != nil {
		ephemeral = *c.EphemeralStorage.Size
	}
	fn.found, fn.gone = true, false
	fn.layer = hasLayer(c)
	fn.insights = fn.insights || fn.layer
	fn.Function = migration.Function{
		Key: fn.Key, Name: fn.Name, EventSources: fn.EventSources,
		ARN:         aws.ToString(c.FunctionArn),
		Runtime:     string(c.Runtime),
		PackageType: string(c.PackageType),
		MemorySize:  migration.Bytes(aws.ToInt32(c.MemorySize)) * migration.MiB,
		Timeout:     time.Duration(aws.ToInt32(c.Timeout)) * time.Second,
		Ephemeral:   migration.Bytes(ephemeral) * migration.MiB,
		Place:       migration.RegionArch{Region: p.Access.Region(), Arch: arch},
		Modified:    modified(aws.ToString(c.LastModified)),
		Logs:        logsOf(c),

		CapacityProvider: capacityProviderOf(c),
	}
}

// modified reads the time of a function's last change, with its zone in either of
// ISO 8601's ways; zero where AWS writes otherwise.
func modified(text string) time.Time {
	for _, layout := range []string{"2006-01-02T15:04:05.999-0700", time.RFC3339} {
		if at, err := time.Parse(layout, text); err == nil {
			return at
		}
	}
	return time.Time{}
}

// listActive finds out which functions have data. At the start, and after a
// time without looking, that is everyone with data in the last two weeks.
func (p *poll) listActive(ctx context.Context) error {
	f := &p.fleet
	newlyLinked := p.learnOthers(ctx)
	recent, err := p.withMetrics(ctx, true)
	var all map[string]bool
	if err == nil && (f.active.IsZero() || newlyLinked || p.Now.Sub(f.active) > unseen) {
		all, err = p.withMetrics(ctx, false)
	}
	if err != nil {
		problem := p.Access.Explain("cloudwatch:ListMetrics", err)
		switch problem.Fault {
		case migration.FaultDenied: // whoever exists may be active
			p.Row.Degrade(problem)
			for _, fn := range f.functions {
				fn.active, fn.old = true, true
			}
		case migration.FaultThrottled:
			p.throttled = true
			p.Row.Degrade(problem)
		default:
			p.Row.Fail(problem)
		}
		return problem
	}
	first, before := f.active.IsZero(), f.active.Add(-listingLag)
	for name := range all {
		f.get(name)
	}
	for name := range recent {
		f.get(name)
	}
	for name, fn := range f.functions {
		// After a pause, a function that was active may be idle now and have data that was not
		// read.
		active := recent[name] || (fn.active && all[name]) || fn.provisioned > 0
		switch {
		case first || (newlyLinked && fn.account != ""):
			fn.old = all[name] || recent[name]
		case active && !fn.active && fn.seen.Before(before):
			fn.seen = before // it was idle when that was last listed
		case !active:
			fn.seen = p.Now.Add(-listingLag)
		}
		fn.active = active
	}
	f.active = p.Now
	return nil
}

// withMetrics lists the functions that have data, recently or within two weeks.
// Only the dimension set {FunctionName} counts: the others repeat the same data.
func (p *poll) withMetrics(ctx context.Context, recent bool) (map[string]bool, error) {
	in := &cloudwatch.ListMetricsInput{
		Namespace:  aws.String(metricNamespace),
		MetricName: aws.String("Invocations"),
		Dimensions: []cwtypes.DimensionFilter{{Name: aws.String(functionDimension)}},
	}
	if recent {
		in.RecentlyActive = cwtypes.RecentlyActivePt3h
	}
	names := make(map[string]bool)
	pages := cloudwatch.NewListMetricsPaginator(p.metrics, p.fleet.includeLinked(in))
	for pages.HasMorePages() {
		began := p.Wall.Now()
		page, err := pages.NextPage(ctx)
		p.Row.Called(p.Wall.Now().Sub(began), err != nil)
		if err != nil {
			return nil, err
		}
		for i, m := range page.Metrics {
			if len(m.Dimensions) != 1 || aws.ToString(m.Dimensions[0].Name) != functionDimension {
				continue
			}
			if name := aws.ToString(m.Dimensions[0].Value); name != "" && p.includes(name) {
				if id, ok := p.fleet.idOf(page.OwningAccounts, i, name); ok {
					names[id] = true
				}
			}
		}
	}
	return names, nil
}

// lookUp describes active functions that the last list did not have: new ones,
// or deleted ones.
func (p *poll) lookUp(ctx context.Context) (changed bool) {
	f := &p.fleet
	if f.listed.IsZero() {
		return false
	}
	var unknown []*function
	for _, fn := range f.functions {
		if !fn.found && !fn.gone && fn.account == "" {
			unknown = append(unknown, fn)
		}
	}
	if f.listed.Equal(p.Now) || len(unknown) == 0 { // listed a moment ago: they are deleted
		for _, fn := range unknown {
			fn.gone = true
		}
		return false
	}
	if len(unknown) > maxLookups {
		return p.listFunctions(ctx) == nil
	}
	for _, fn := range unknown {
		began := p.Wall.Now()
		c, err := p.lambda.GetFunctionConfiguration(ctx, &lambdaapi.GetFunctionConfigurationInput{FunctionName: aws.String(fn.Name)})
		p.lambdaHealth.Called(p.Wall.Now().Sub(began), err != nil && !awsaccess.NotFound(err))
		switch {
		case awsaccess.NotFound(err):
			fn.gone = true
		case err != nil: // the hourly list will describe it
			p.lambdaHealth.Degrade(p.Access.Explain("lambda:GetFunctionConfiguration", err))
			return changed
		default:
			p.describe(fn, configuration(c))
			changed = true
		}
	}
	return changed
}

// configuration is what a question about one function answers, as a list has it.
func configuration(c *lambdaapi.GetFunctionConfigurationOutput) *lambdatypes.FunctionConfiguration {
	return &lambdatypes.FunctionConfiguration{
		Architectures: c.Architectures, LastModified: c.LastModified, EphemeralStorage: c.EphemeralStorage,
		FunctionArn: c.FunctionArn, Runtime: c.Runtime, PackageType: c.PackageType, MemorySize: c.MemorySize, Timeout: c.Timeout,
		Layers: c.Layers, LoggingConfig: c.LoggingConfig, TenancyConfig: c.TenancyConfig,
		CapacityProviderConfig: c.CapacityProviderConfig,
	}
}

// attribute gives every function to a tenant and a workload.
func (p *poll) attribute() (changed bool) {
	for _, fn := range p.fleet.functions {
		if fn.attributed {
			continue
		}
		who := p.Attribute(migration.Identity{Platform: migration.Lambda, Name: fn.Name, Tags: fn.tags})
		fn.Key = migration.Key{Platform: migration.Lambda, Workload: who.Workload, Tenant: who.Tenant}
		fn.AttributedBy = who.Evidence
		fn.attributed, changed = true, true
	}
	return changed
}

// known are the functions that the Lambda API described, and those of linked accounts that
// have data, sorted by name.
func (f *fleet) known() []migration.Function {
	out := make([]migration.Function, 0, len(f.functions))
	for _, fn := range f.functions {
		if fn.found && !fn.gone || fn.account != "" && fn.attributed && (fn.active || fn.old) {
			one := fn.Function
			one.Aliases = fn.shown()
			out = append(out, one)
		}
	}
	slices.SortFunc(out, func(a, b migration.Function) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ARN, b.ARN))
	})
	return out
}
