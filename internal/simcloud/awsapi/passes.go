package awsapi

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// passes are passes over what an account did, each of which answers queries of its own. They
// run side by side, on all processors: a demo begins with one request about a whole month.
type passes []func()

func (p *passes) add(one func()) { *p = append(*p, one) }

// run runs all of them, and returns when the last one has ended.
func (p *passes) run() {
	var next atomic.Int64
	var all sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(*p)) {
		all.Go(func() {
			for i := next.Add(1); i <= int64(len(*p)); i = next.Add(1) {
				(*p)[i-1]()
			}
		})
	}
	all.Wait()
}
