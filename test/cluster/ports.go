package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
)

// ports are where the components of one cluster listen.
type ports struct {
	Etcd      int `json:"etcd"`
	EtcdPeer  int `json:"etcd_peer"`
	API       int `json:"api"`
	Manager   int `json:"controller_manager"`
	Scheduler int `json:"scheduler"`
	Kwok      int `json:"kwok"`
	Metrics   int `json:"metrics"`
}

func (p *ports) each() []*int {
	return []*int{&p.Etcd, &p.EtcdPeer, &p.API, &p.Manager, &p.Scheduler, &p.Kwok, &p.Metrics}
}

// The range lies below 32768, where Linux begins to pick ports for outgoing
// connections: one of those cannot take a port between its choice and its use.
const portFrom, portTo = 20000, 32000

// choosePorts picks free ports that no other cluster has been given. The caller
// holds the lock on ports.
func choosePorts(taken map[int]bool, free func(int) bool) (ports, error) {
	var p ports
	for _, into := range p.each() {
		for tries := 0; ; tries++ {
			if tries == 5000 {
				return ports{}, fmt.Errorf("no free port between %d and %d on %s", portFrom, portTo, host)
			}
			n := portFrom + rand.IntN(portTo-portFrom)
			if !taken[n] && free(n) {
				*into, taken[n] = n, true
				break
			}
		}
	}
	return p, nil
}

func portFree(n int) bool {
	l, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(n)))
	if err != nil {
		return false
	}
	l.Close()
	return true
}

func portOpen(n int) bool {
	conn, err := net.Dial("tcp", net.JoinHostPort(host, strconv.Itoa(n)))
	if err != nil {
		return false
	}
	conn.Close()
	return true
}

// portsGiven collects the ports of all clusters below a directory, the ones that
// just start included: their components do not listen yet.
func portsGiven(runs string) map[int]bool {
	taken := map[int]bool{}
	files, _ := filepath.Glob(filepath.Join(runs, "*", stateFile)) // the pattern is well-formed
	for _, f := range files {
		b, err := os.ReadFile(f)
		var s state
		if err != nil || json.Unmarshal(b, &s) != nil {
			continue // being deleted right now
		}
		for _, p := range s.Ports.each() {
			taken[*p] = true
		}
	}
	return taken
}
