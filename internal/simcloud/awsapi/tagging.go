package awsapi

import (
	"net/http"
	"slices"
	"strings"
)

// resourcesPerPage is the most that GetResources gives at a time.
// Source: Resource Groups Tagging API reference, GetResources.
const resourcesPerPage = 100

type tagFilter struct {
	Key    string
	Values []string
}

type getResourcesInput struct {
	PaginationToken     string
	ResourceTypeFilters []string
	ResourcesPerPage    *int
	TagFilters          []tagFilter
	TagsPerPage         *int
}

// getResources answers the tagging API's GetResources of functions. It leaves
// out functions without tags.
func (s *Server) getResources(in *getResourcesInput) (any, *apiError) {
	size := resourcesPerPage
	switch {
	case in.ResourcesPerPage != nil && in.TagsPerPage != nil:
		return nil, badParameterRPC("ResourcesPerPage and TagsPerPage cannot both be given")
	case in.ResourcesPerPage != nil && (*in.ResourcesPerPage < 1 || *in.ResourcesPerPage > resourcesPerPage):
		return nil, badParameterRPC("ResourcesPerPage must be between 1 and 100")
	case in.ResourcesPerPage != nil:
		size = *in.ResourcesPerPage
	}
	type tag struct{ Key, Value string }
	type resource struct {
		ResourceARN string
		Tags        []tag
	}
	found := []resource{}
	wanted := len(in.ResourceTypeFilters) == 0 || slices.Contains(in.ResourceTypeFilters, "lambda") ||
		slices.Contains(in.ResourceTypeFilters, "lambda:function")
	for _, f := range s.functions() {
		if !wanted || len(f.Tags) == 0 || slices.ContainsFunc(in.TagFilters, func(filter tagFilter) bool {
			value, has := f.Tags[filter.Key]
			return !has || (len(filter.Values) > 0 && !slices.Contains(filter.Values, value))
		}) {
			continue
		}
		one := resource{ResourceARN: s.arn(f.Name)}
		for k, v := range f.Tags {
			one.Tags = append(one.Tags, tag{k, v})
		}
		slices.SortFunc(one.Tags, func(a, b tag) int { return strings.Compare(a.Key, b.Key) })
		found = append(found, one)
	}
	page, next, fault := cutPage(found, in.PaginationToken, size, &apiError{
		http.StatusBadRequest, "PaginationTokenExpiredException", "PaginationTokenExpiredException", "The pagination token is not valid.",
	})
	if fault != nil {
		return nil, fault
	}
	return map[string]any{"ResourceTagMappingList": page, "PaginationToken": next}, nil
}
