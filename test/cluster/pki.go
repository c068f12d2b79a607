package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// certLife is longer than anyone keeps a test cluster.
const certLife = 90 * 24 * time.Hour

// authority signs certificates.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pem  []byte
}

func newAuthority(name string, now time.Time) (*authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	t := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name},
		NotBefore: now.Add(-time.Minute), NotAfter: now.Add(certLife),
		IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, t, t, key.Public(), key)
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	return &authority{cert: cert, key: key, pem: encodePEM("CERTIFICATE", der)}, nil
}

// subject is the subject of a certificate. Kubernetes reads the common name as the user and the organizations as the
// groups.
type subject struct {
	user   string
	groups []string
	server bool     // it serves TLS
	client bool     // it authenticates with TLS
	names  []string // DNS names that it serves
	ips    []string
}

// issue makes a key and a certificate, both in PEM.
func (a *authority) issue(s subject, now time.Time) (cert, key []byte, err error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, nil, err
	}
	t := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: s.user, Organization: s.groups},
		NotBefore: now.Add(-time.Minute), NotAfter: now.Add(certLife),
		BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature, DNSNames: s.names,
	}
	if s.server {
		t.ExtKeyUsage = append(t.ExtKeyUsage, x509.ExtKeyUsageServerAuth)
	}
	if s.client {
		t.ExtKeyUsage = append(t.ExtKeyUsage, x509.ExtKeyUsageClientAuth)
	}
	for _, ip := range s.ips {
		t.IPAddresses = append(t.IPAddresses, net.ParseIP(ip))
	}
	der, err := x509.CreateCertificate(rand.Reader, t, a.cert, private.Public(), a.key)
	if err != nil {
		return nil, nil, err
	}
	keyDER, err := x509.MarshalECPrivateKey(private)
	if err != nil {
		return nil, nil, err
	}
	return encodePEM("CERTIFICATE", der), encodePEM("EC PRIVATE KEY", keyDER), nil
}

func encodePEM(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

// identities are all certificates of a cluster except the two authorities. The front proxy has its own authority, which
// the aggregator requires: a holder of one of its certificates may act as any user.
func identities() map[string]subject {
	loopback := []string{host}
	return map[string]subject{
		"etcd": {user: "etcd", server: true, client: true, names: []string{"localhost"}, ips: loopback},
		"apiserver": {
			user: "kube-apiserver", server: true, ips: append(loopback, serviceIP),
			names: []string{"localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc"},
		},
		"apiserver-etcd":    {user: "kube-apiserver", client: true},
		"apiserver-kubelet": {user: "kube-apiserver-kubelet-client", groups: []string{"system:masters"}, client: true},
		"front-proxy":       {user: "front-proxy-client", client: true},
		"kwok-server":       {user: "kwok", server: true, names: []string{"localhost"}, ips: loopback},
		"metrics-server": {
			user: "metrics-server", server: true, ips: loopback,
			names: []string{"localhost", "metrics-server.kube-system.svc"},
		},
		"user-admin":              {user: "admin", groups: []string{"system:masters"}, client: true},
		"user-viewer":             {user: "migtop-viewer", client: true},
		"user-forbidden":          {user: "migtop-forbidden", client: true},
		"user-controller-manager": {user: "system:kube-controller-manager", client: true},
		"user-scheduler":          {user: "system:kube-scheduler", client: true},
		"user-kwok":               {user: "kwok-controller", client: true},
		"user-metrics-server":     {user: "metrics-server", client: true},
	}
}

// makePKI writes all keys and certificates, and a kubeconfig for every user.
func (c *cluster) makePKI(now time.Time) error {
	ca, err := newAuthority("migtop-test-cluster", now)
	if err != nil {
		return err
	}
	front, err := newAuthority("migtop-test-cluster-front-proxy", now)
	if err != nil {
		return err
	}
	files := map[string][]byte{"ca.crt": ca.pem, "front-proxy-ca.crt": front.pem}
	for name, s := range identities() {
		signer := ca
		if name == "front-proxy" {
			signer = front
		}
		cert, key, err := signer.issue(s, now)
		if err != nil {
			return fmt.Errorf("certificate %s: %w", name, err)
		}
		files[name+".crt"], files[name+".key"] = cert, key
	}
	// The key that service accounts' tokens are signed with.
	sa, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	private, err := x509.MarshalECPrivateKey(sa)
	if err != nil {
		return err
	}
	public, err := x509.MarshalPKIXPublicKey(sa.Public())
	if err != nil {
		return err
	}
	files["service-accounts.key"] = encodePEM("EC PRIVATE KEY", private)
	files["service-accounts.pub"] = encodePEM("PUBLIC KEY", public)

	for _, user := range []string{"admin", "viewer", "forbidden", "controller-manager", "scheduler", "kwok", "metrics-server"} {
		b, err := kubeconfig("migtop-"+c.name, c.state.server(), user, ca.pem, files["user-"+user+".crt"], files["user-"+user+".key"])
		if err != nil {
			return err
		}
		if err := writeFile(c.kubeconfig(user), b); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(c.in("pki"), 0o700); err != nil {
		return err
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(c.in("pki"), name), content, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// kubeconfig is the file for one user, in JSON, which YAML's readers read too.
func kubeconfig(name, server, user string, ca, cert, key []byte) ([]byte, error) {
	type m = map[string]any
	return json.MarshalIndent(m{
		"apiVersion": "v1", "kind": "Config", "current-context": name,
		"clusters": []m{{"name": name, "cluster": m{"server": server, "certificate-authority-data": ca}}},
		"users":    []m{{"name": user, "user": m{"client-certificate-data": cert, "client-key-data": key}}},
		"contexts": []m{{"name": name, "context": m{"cluster": name, "user": user}}},
	}, "", "  ")
}
