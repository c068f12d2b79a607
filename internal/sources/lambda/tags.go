package lambda

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	lambdaapi "github.com/aws/aws-sdk-go-v2/service/lambda"
	tagging "github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"

	"github.com/migtop/migtop/internal/migration"
	"github.com/migtop/migtop/internal/sources/awsaccess"
)

// waitsForTags reports whether a function cannot be attributed yet.
func (s *Source) waitsForTags(fn *function) bool {
	return s.Tags && !fn.tagged && fn.found && !fn.gone && (fn.active || fn.old)
}

// readTags reads the tags of functions with data that have none yet, once. Functions that do
// not fit into this poll wait for the next. Their metrics are not read before, or their
// activity would be unattributed now and count again later.
func (p *poll) readTags(ctx context.Context) {
	var waiting []*function
	for _, fn := range p.fleet.functions {
		if p.waitsForTags(fn) {
			waiting = append(waiting, fn)
		}
	}
	if waiting = p.readAllTags(ctx, waiting); len(waiting) == 0 {
		return
	}
	slices.SortFunc(waiting, func(a, b *function) int { return cmp.Compare(a.Name, b.Name) })
	waiting = waiting[:min(len(waiting), maxTags)]
	type answer struct {
		fn   *function
		tags map[string]string
		err  error

		latency time.Duration
	}
	answers := make(chan answer)
	next := make(chan *function)
	var workers sync.WaitGroup
	for range min(p.InFlight, len(waiting)) {
		workers.Go(func() {
			for fn := range next {
				began := p.Wall.Now()
				out, err := p.lambda.ListTags(ctx, &lambdaapi.ListTagsInput{Resource: aws.String(fn.ARN)})
				a := answer{fn: fn, err: err, latency: p.Wall.Now().Sub(began)}
				if err == nil {
					a.tags = out.Tags
				}
				answers <- a
			}
		})
	}
	workers.Go(func() {
		defer close(next)
		for _, fn := range waiting {
			next <- fn
		}
	})
	for range waiting {
		a := <-answers
		p.lambdaHealth.Called(a.latency, a.err != nil && !awsaccess.NotFound(a.err))
		switch {
		case a.err == nil:
			a.fn.tags, a.fn.tagged, a.fn.attributed = a.tags, true, false
		case awsaccess.NotFound(a.err):
			a.fn.gone, a.fn.tagged = true, true
		default:
			problem := p.Access.Explain("lambda:ListTags", a.err)
			p.lambdaHealth.Degrade(problem)
			// Without the permission names have to do; other trouble passes.
			a.fn.tagged = problem.Fault == migration.FaultDenied
		}
	}
	workers.Wait()
}

// tagsPerCall is how many functions' tags the tagging API gives in one call.
const tagsPerCall = 100

// readAllTags reads the tags of all functions by the tagging API, where that takes
// fewer calls than to ask about those that wait one by one, and returns those that
// still wait: all, where it is not permitted or fails.
func (p *poll) readAllTags(ctx context.Context, waiting []*function) []*function {
	if p.tagsDenied || len(waiting) <= len(p.fleet.functions)/tagsPerCall+1 {
		return waiting
	}
	byARN := make(map[string]map[string]string)
	in := &tagging.GetResourcesInput{ResourceTypeFilters: []string{"lambda:function"}, ResourcesPerPage: aws.Int32(tagsPerCall)}
	for {
		began := p.Wall.Now()
		out, err := p.tagging.GetResources(ctx, in)
		if err == nil && out.ResourceTagMappingList == nil {
			err = awsaccess.NotThatAPI("tag:GetResources", "HTTP 200 without resources")
		}
		p.lambdaHealth.Called(p.Wall.Now().Sub(began), err != nil)
		if err != nil {
			// Lambda itself tells the same, call by call.
			p.tagsDenied = awsaccess.HasFault(p.Access.Explain("tag:GetResources", err), migration.FaultDenied)
			return waiting
		}
		for i := range out.ResourceTagMappingList {
			one := &out.ResourceTagMappingList[i]
			tags := make(map[string]string, len(one.Tags))
			for _, t := range one.Tags {
				tags[aws.ToString(t.Key)] = aws.ToString(t.Value)
			}
			byARN[aws.ToString(one.ResourceARN)] = tags
		}
		if in.PaginationToken = out.PaginationToken; aws.ToString(in.PaginationToken) == "" {
			break
		}
	}
	for _, fn := range waiting { // a function that the response does not list has no tags
		fn.tags, fn.tagged, fn.attributed = byARN[fn.ARN], true, false
	}
	return nil
}
