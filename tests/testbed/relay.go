// SPDX-License-Identifier: Apache-2.0

package testbed

import (
	"io"
	"net"
	"sync"
)

// Relay is a load balancer that can fail: it passes TCP connections on and spoils them when a test asks for it.
type Relay struct {
	listener net.Listener

	mu      sync.Mutex
	targets []string // taken in turn
	next    int
	refuses bool
	pairs   map[*pair]struct{}
	work    sync.WaitGroup
}

// pair is one connection with its continuation.
type pair struct {
	near, far net.Conn

	mu     sync.Mutex
	frozen bool
}

// StartRelay listens on loopback and passes each connection on to one of the addresses, in turn; without any it refuses them. The caller owns it and calls Close.
func StartRelay(targets ...string) (*Relay, error) {
	listener, err := net.Listen("tcp", Loopback(0))
	if err != nil {
		return nil, err
	}
	relay := &Relay{listener: listener, targets: targets, pairs: map[*pair]struct{}{}}
	relay.work.Go(relay.accept)
	return relay, nil
}

// Address that clients connect to.
func (r *Relay) Address() string { return r.listener.Addr().String() }

// Direct sends new connections to other addresses, in turn, as a Service does whose endpoints change; those there are stay.
func (r *Relay) Direct(targets ...string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.targets = targets
}

// Cut resets every connection there is; new ones work.
func (r *Relay) Cut() {
	for _, pair := range r.connections() {
		pair.reset()
	}
}

// Freeze lets every connection there is stay open without passing anything on, for ever, as when a load balancer forgot it; new
// ones work. It returns how many there are.
func (r *Relay) Freeze() int {
	pairs := r.connections()
	for _, pair := range pairs {
		pair.mu.Lock()
		pair.frozen = true
		pair.mu.Unlock()
	}
	return len(pairs)
}

// Refuse says whether new connections are closed at once.
func (r *Relay) Refuse(refuse bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.refuses = refuse
}

// Close ends the relay and all connections.
func (r *Relay) Close() {
	_ = r.listener.Close()
	r.Refuse(true)
	r.Cut()
	r.work.Wait()
}

func (r *Relay) connections() []*pair {
	r.mu.Lock()
	defer r.mu.Unlock()
	var pairs []*pair
	for pair := range r.pairs {
		pairs = append(pairs, pair)
	}
	return pairs
}

func (r *Relay) accept() {
	for {
		near, err := r.listener.Accept()
		if err != nil {
			return // closed
		}
		r.work.Go(func() { r.serve(near) })
	}
}

func (r *Relay) serve(near net.Conn) {
	defer near.Close()
	r.mu.Lock()
	var target string
	refuses := r.refuses || len(r.targets) == 0
	if !refuses {
		target = r.targets[r.next%len(r.targets)]
		r.next++
	}
	r.mu.Unlock()
	if refuses {
		return
	}
	far, err := net.Dial("tcp", target)
	if err != nil {
		return // the client sees a closed connection, as behind a load balancer without a target
	}
	defer far.Close()
	both := &pair{near: near, far: far}
	r.mu.Lock()
	if refuses = r.refuses; !refuses {
		r.pairs[both] = struct{}{}
	}
	r.mu.Unlock()
	if refuses {
		return
	}
	var ways sync.WaitGroup
	ways.Go(func() { both.pass(far, near) })
	ways.Go(func() { both.pass(near, far) })
	ways.Wait()
	r.mu.Lock()
	delete(r.pairs, both)
	r.mu.Unlock()
}

// pass copies one way until an end closes; what arrives at a frozen connection is lost.
func (p *pair) pass(to, from net.Conn) {
	buffer := make([]byte, 32<<10)
	for {
		count, err := from.Read(buffer)
		p.mu.Lock()
		frozen := p.frozen
		p.mu.Unlock()
		if frozen && err == nil {
			continue
		}
		if !frozen {
			if _, failed := to.Write(buffer[:count]); failed != nil {
				err = failed
			}
		}
		if err != nil {
			if frozen && err == io.EOF {
				return // the other end learns nothing of it
			}
			p.reset()
			return
		}
	}
}

// reset ends both ends at once, with a reset rather than an orderly end.
func (p *pair) reset() {
	for _, end := range []net.Conn{p.near, p.far} {
		if tcp, ok := end.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
		}
		_ = end.Close()
	}
}
