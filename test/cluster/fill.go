package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// fillNamespace is where fill's Jobs are, and fillTenants how many tenants they
// belong to.
const (
	fillNamespace = "fill"
	fillTenants   = 20
	// podsPerJob bounds one Job, since the Job controller tracks its pods one
	// by one and many Jobs fill in parallel.
	podsPerJob = 100
)

// fillJobs describes Jobs with so many pods in all, that run until deleted.
func fillJobs(pods int) []map[string]any {
	type m = map[string]any
	count := max(min(pods, fillTenants), (pods+podsPerJob-1)/podsPerJob)
	jobs := make([]map[string]any, 0, count)
	for i := range count {
		n := pods / count
		if i < pods%count {
			n++
		}
		tenant := i % fillTenants
		labels := m{
			"tenant":   fmt.Sprintf("tenant-%d", tenant),
			"workload": fmt.Sprintf("workload-%d", i%7),
		}
		jobs = append(jobs, m{
			"apiVersion": "batch/v1", "kind": "Job",
			"metadata": m{"name": fmt.Sprintf("fill-%d", i), "namespace": fillNamespace, "labels": labels},
			"spec": m{
				"parallelism": n,
				"template": m{
					"metadata": m{"labels": labels, "annotations": m{
						"test.migtop.dev/cpu":    fmt.Sprintf("%dm", 20+3*tenant),
						"test.migtop.dev/memory": fmt.Sprintf("%dMi", 48+3*tenant),
						"test.migtop.dev/noise":  "0.3",
					}},
					"spec": m{"restartPolicy": "Never", "containers": []m{{
						"name": "main", "image": "example.invalid/fill:1",
						"resources": m{"requests": m{"cpu": "100m", "memory": "128Mi"}, "limits": m{"memory": "256Mi"}},
					}}},
				},
			},
		})
	}
	return jobs
}

// fill replaces what an earlier fill made by Jobs with so many running pods.
func (c *cluster) fill(ctx context.Context, pods int) error {
	if err := c.needUp(); err != nil {
		return err
	}
	if _, err := c.kubectl(ctx, nil, "delete", "namespace", fillNamespace, "--ignore-not-found", "--wait=true"); err != nil {
		return err
	}
	if pods == 0 {
		return nil
	}
	nodes := c.nodes
	for fit(nodes) < pods {
		nodes++
	}
	if err := c.scaleNodes(ctx, nodes); err != nil {
		return err
	}
	var docs bytes.Buffer
	enc := json.NewEncoder(&docs)
	for _, o := range append([]map[string]any{{
		"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": fillNamespace},
	}}, fillJobs(pods)...) {
		docs.WriteString("---\n")
		if err := enc.Encode(o); err != nil {
			return err
		}
	}
	if err := c.apply(ctx, docs.Bytes(), "-f", "-"); err != nil {
		return err
	}
	begin, said := time.Now(), time.Now()
	for last, progress := -1, time.Now(); ; {
		running, err := c.running(ctx)
		if err != nil {
			return err
		}
		if running >= pods {
			c.say("%d pods run after %s", running, time.Since(begin).Round(time.Second))
			return nil
		}
		if running > last {
			last, progress = running, time.Now()
		}
		if time.Since(progress) > c.timeout {
			return fmt.Errorf("%d of %d pods run, and no more came for %s", running, pods, c.timeout)
		}
		if time.Since(said) > 10*time.Second {
			c.say("  %d of %d pods run", running, pods)
			said = time.Now()
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Second):
		}
	}
}

// running counts by the Jobs' own figures, which are few, not by the pods.
func (c *cluster) running(ctx context.Context) (int, error) {
	out, err := c.kubectl(ctx, nil, "get", "jobs", "-n", fillNamespace, "-o", `jsonpath={range .items[*]}{.status.ready}{"\n"}{end}`)
	if err != nil {
		return 0, err
	}
	sum := 0
	for line := range strings.Lines(out) {
		n := 0
		if _, err := fmt.Sscanf(line, "%d", &n); err == nil { // empty: none is ready
			sum += n
		}
	}
	return sum, nil
}
