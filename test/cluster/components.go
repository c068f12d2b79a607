package main

import (
	"bytes"
	"embed"
	"encoding/base64"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// components in the order of their start.
var components = []string{
	"etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok", "metrics-server",
}

// The range of Services and its first address, which the API server uses. No packet is sent to it.
const serviceRange, serviceIP = "10.96.0.0/16", "10.96.0.1"

//go:embed manifests
var manifestFiles embed.FS

// arguments are a component's command line.
func (c *cluster) arguments(component string) []string {
	pki := func(name string) string { return c.in("pki", name) }
	url := func(port int) string { return fmt.Sprintf("https://%s:%d", host, port) }
	config := func(user string) []string {
		k := c.kubeconfig(user)
		return []string{"--kubeconfig=" + k, "--authentication-kubeconfig=" + k, "--authorization-kubeconfig=" + k}
	}
	port := strconv.Itoa
	p := c.state.Ports
	switch component {
	case "etcd":
		return []string{
			"--name=migtop", "--data-dir=" + c.in("etcd"), "--log-level=warn",
			"--unsafe-no-fsync", // this data need not survive a power loss
			"--quota-backend-bytes=4294967296", "--auto-compaction-mode=periodic", "--auto-compaction-retention=5m",
			"--listen-client-urls=" + url(p.Etcd), "--advertise-client-urls=" + url(p.Etcd),
			"--listen-peer-urls=" + url(p.EtcdPeer), "--initial-advertise-peer-urls=" + url(p.EtcdPeer),
			"--initial-cluster=migtop=" + url(p.EtcdPeer),
			"--client-cert-auth", "--trusted-ca-file=" + pki("ca.crt"),
			"--cert-file=" + pki("etcd.crt"), "--key-file=" + pki("etcd.key"),
			"--peer-client-cert-auth", "--peer-trusted-ca-file=" + pki("ca.crt"),
			"--peer-cert-file=" + pki("etcd.crt"), "--peer-key-file=" + pki("etcd.key"),
		}
	case "kube-apiserver":
		return []string{
			"--bind-address=" + host, "--advertise-address=" + host, "--secure-port=" + port(p.API),
			// An Endpoints object must not hold a loopback address, and the
			// Service that it would be for is not used.
			"--endpoint-reconciler-type=none", "--service-cluster-ip-range=" + serviceRange,
			"--etcd-servers=" + url(p.Etcd), "--etcd-cafile=" + pki("ca.crt"),
			"--etcd-certfile=" + pki("apiserver-etcd.crt"), "--etcd-keyfile=" + pki("apiserver-etcd.key"),
			"--tls-cert-file=" + pki("apiserver.crt"), "--tls-private-key-file=" + pki("apiserver.key"),
			"--client-ca-file=" + pki("ca.crt"), "--anonymous-auth=false", "--authorization-mode=Node,RBAC",
			"--service-account-issuer=https://kubernetes.default.svc",
			"--service-account-key-file=" + pki("service-accounts.pub"),
			"--service-account-signing-key-file=" + pki("service-accounts.key"),
			"--kubelet-certificate-authority=" + pki("ca.crt"), "--kubelet-preferred-address-types=InternalIP",
			"--kubelet-client-certificate=" + pki("apiserver-kubelet.crt"), "--kubelet-client-key=" + pki("apiserver-kubelet.key"),
			// The aggregator, which serves metrics.k8s.io.
			"--requestheader-client-ca-file=" + pki("front-proxy-ca.crt"), "--requestheader-allowed-names=front-proxy-client",
			"--requestheader-username-headers=X-Remote-User", "--requestheader-group-headers=X-Remote-Group",
			"--requestheader-extra-headers-prefix=X-Remote-Extra-",
			"--proxy-client-cert-file=" + pki("front-proxy.crt"), "--proxy-client-key-file=" + pki("front-proxy.key"),
			"--profiling=false",
		}
	case "kube-controller-manager":
		return append(config("controller-manager"),
			"--bind-address="+host, "--secure-port="+port(p.Manager), "--leader-elect=false", "--profiling=false",
			"--use-service-account-credentials=true", "--service-account-private-key-file="+pki("service-accounts.key"),
			"--root-ca-file="+pki("ca.crt"),
			// Thousands of pods in a minute, not in an hour.
			"--kube-api-qps=300", "--kube-api-burst=600", "--concurrent-job-syncs=20")
	case "kube-scheduler":
		return append(config("scheduler"),
			"--bind-address="+host, "--secure-port="+port(p.Scheduler), "--leader-elect=false", "--profiling=false",
			"--kube-api-qps=300", "--kube-api-burst=600")
	case "kwok":
		return []string{
			"--kubeconfig=" + c.kubeconfig("kwok"), "--config=" + c.in("kwok.yaml"), "--v=WARN",
			"--manage-all-nodes=false", "--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake",
			"--node-ip=" + host, "--node-port=" + port(p.Kwok), "--node-lease-duration-seconds=40",
			"--server-address=" + fmt.Sprintf("%s:%d", host, p.Kwok),
			"--tls-cert-file=" + pki("kwok-server.crt"), "--tls-private-key-file=" + pki("kwok-server.key"),
		}
	case "metrics-server":
		return append(config("metrics-server"),
			"--bind-address="+host, "--secure-port="+port(p.Metrics),
			"--tls-cert-file="+pki("metrics-server.crt"), "--tls-private-key-file="+pki("metrics-server.key"),
			"--kubelet-certificate-authority="+pki("ca.crt"), "--kubelet-preferred-address-types=InternalIP",
			"--kubelet-use-node-status-port", "--kubelet-request-timeout=8s", "--metric-resolution="+c.scrape.String())
	}
	return nil
}

// manifests returns all that is applied to the API, and writes kwok's own
// configuration, which goes to kwok as a file.
func (c *cluster) manifests() ([]byte, error) {
	ca, err := os.ReadFile(c.in("pki", "ca.crt"))
	if err != nil {
		return nil, err
	}
	fill := strings.NewReplacer(
		"${METRICS_PORT}", strconv.Itoa(c.state.Ports.Metrics),
		"${CA}", base64.StdEncoding.EncodeToString(ca))
	var docs bytes.Buffer
	for _, name := range []string{"rbac.yaml", "metrics-api.yaml", "stages.yaml", "usage.yaml"} {
		b, err := manifestFiles.ReadFile("manifests/" + name)
		if err != nil {
			return nil, err
		}
		docs.WriteString("---\n")
		docs.WriteString(fill.Replace(string(b)))
	}
	kwok, err := manifestFiles.ReadFile("manifests/kwok.yaml")
	if err != nil {
		return nil, err
	}
	return docs.Bytes(), writeFile(c.in("kwok.yaml"), kwok)
}
