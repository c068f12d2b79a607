package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
)

// shape is what a kind of simulated node has.
type shape struct {
	instance         string
	cpu, memory      string // capacity
	cpuFree, memFree string // allocatable: less what EKS keeps back, roughly
	pods             string
}

// Capacity and pod limits as EKS has them for these instance types.
var (
	small = shape{"m6i.xlarge", "4", "16Gi", "3920m", "14900Mi", "58"}
	large = shape{"m6i.8xlarge", "32", "128Gi", "31850m", "123000Mi", "234"}
)

// Labels that determine the price of a node, as each provisioner sets them.
const region, zones = "us-east-1", "abc"

// node describes simulated node i. One in four is small, and of the large ones
// every other is a spot instance of Karpenter, so that any few nodes are a mix.
func node(i int) map[string]any {
	type m = map[string]any
	s, name := large, fmt.Sprintf("node-%d", i)
	labels := m{
		"kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64",
		"topology.kubernetes.io/region": region,
		"topology.kubernetes.io/zone":   region + zones[i%3:i%3+1],
	}
	switch {
	case i%4 == 0:
		s = small
		labels["eks.amazonaws.com/nodegroup"] = "jobs"
		labels["eks.amazonaws.com/capacityType"] = "ON_DEMAND"
	case i%2 == 1:
		labels["karpenter.sh/capacity-type"] = "on-demand"
	default:
		labels["karpenter.sh/capacity-type"] = "spot"
	}
	labels["node.kubernetes.io/instance-type"] = s.instance
	return m{
		"apiVersion": "v1", "kind": "Node",
		"metadata": m{"name": name, "labels": labels, "annotations": m{
			"kwok.x-k8s.io/node": "fake",
			// kwok serves all nodes on one port; metrics-server finds a node by this path.
			"metrics.k8s.io/resource-metrics-path": "/metrics/nodes/" + name + "/metrics/resource",
		}},
		"status": m{
			"capacity":    m{"cpu": s.cpu, "memory": s.memory, "pods": s.pods, "ephemeral-storage": "100Gi"},
			"allocatable": m{"cpu": s.cpuFree, "memory": s.memFree, "pods": s.pods, "ephemeral-storage": "90Gi"},
		},
	}
}

// fit is how many pods of fill fit on the first n nodes.
func fit(n int) int {
	pods := 0
	for i := range n {
		if i%4 == 0 {
			pods += 39 // 3920m / 100m
		} else {
			pods += 234 // the limit of pods
		}
	}
	return pods
}

// addNodes makes the nodes 0 .. n-1 that are not there.
func (c *cluster) addNodes(ctx context.Context, n int) error {
	out, err := c.kubectl(ctx, nil, "get", "nodes", "-o", "name")
	if err != nil {
		return err
	}
	there := map[string]bool{}
	for line := range strings.Lines(out) {
		there[strings.TrimSpace(line)] = true
	}
	var docs bytes.Buffer
	enc := json.NewEncoder(&docs)
	for i := range n {
		if there[fmt.Sprintf("node/node-%d", i)] {
			continue
		}
		docs.WriteString("---\n")
		if err := enc.Encode(node(i)); err != nil {
			return err
		}
	}
	if docs.Len() == 0 {
		return nil
	}
	return c.apply(ctx, docs.Bytes(), "-f", "-")
}

// nodesReady is nil when at least n nodes are. (One kubectl wait on many
// objects takes a rate-limited watch for each.)
func (c *cluster) nodesReady(ctx context.Context, n int) error {
	out, err := c.kubectl(ctx, nil, "get", "nodes", "-o",
		`jsonpath={range .items[*]}{.status.conditions[?(@.type=="Ready")].status}{"\n"}{end}`)
	if err != nil {
		return err
	}
	if ready := strings.Count(out, "True\n"); ready < n {
		return fmt.Errorf("%d of %d nodes are ready", ready, n)
	}
	return nil
}

func (c *cluster) scaleNodes(ctx context.Context, n int) error {
	if err := c.needUp(); err != nil {
		return err
	}
	if err := c.addNodes(ctx, n); err != nil {
		return err
	}
	return c.await(ctx, "kwok", "the simulated nodes", func(ctx context.Context) error { return c.nodesReady(ctx, n) })
}

// waitMetrics waits until metrics.k8s.io knows as many nodes as the core API.
func (c *cluster) waitMetrics(ctx context.Context) error {
	if err := c.needUp(); err != nil {
		return err
	}
	return c.await(ctx, "metrics-server", "data in metrics.k8s.io", func(ctx context.Context) error {
		nodes, err := c.kubectl(ctx, nil, "get", "nodes", "-o", "name")
		if err != nil {
			return err
		}
		metrics, err := c.kubectl(ctx, nil, "get", "--raw", "/apis/metrics.k8s.io/v1beta1/nodes")
		if err != nil {
			return err
		}
		want, have := strings.Count(nodes, "\n"), strings.Count(metrics, `"timestamp"`)
		if have < want || have == 0 {
			return fmt.Errorf("metrics of %d of %d nodes", have, want)
		}
		return nil
	})
}
