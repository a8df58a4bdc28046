// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"
)

const askLimit = 20 * time.Second

// client is one connection to a server. It reads no more of HTTP than its answers need, to leave the processor to the server.
type client struct {
	conn  *tls.Conn
	space []byte
}

func dial(address string) (*client, error) {
	// Whose certificate it is matters to no figure.
	conn, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"http/1.1"}}) //nolint:gosec
	if err != nil {
		return nil, err
	}
	return &client{conn: conn, space: make([]byte, 16*1024)}, nil
}

// ask sends one review and checks the answer.
func (c *client) ask(r review) error {
	if err := c.conn.SetDeadline(time.Now().Add(askLimit)); err != nil {
		return err
	}
	if _, err := c.conn.Write(r.bytes); err != nil {
		return err
	}
	read := 0
	for {
		count, err := c.conn.Read(c.space[read:])
		if err != nil {
			return fmt.Errorf("%w after %q", err, c.space[:read])
		}
		read += count
		whole, err := isWhole(c.space[:read])
		if err != nil {
			return err
		}
		if whole {
			break
		}
	}
	if answer := c.space[:read]; !bytes.Contains(answer, []byte(r.uid)) || !bytes.Contains(answer, []byte(`"patch":"`)) {
		return fmt.Errorf("answered was %q", answer)
	}
	return nil
}

var (
	headEnd = []byte("\r\n\r\n")
	length  = []byte("Content-Length: ")
)

func isWhole(answer []byte) (bool, error) {
	head, body, found := bytes.Cut(answer, headEnd)
	if !found {
		return false, nil
	}
	_, rest, found := bytes.Cut(head, length)
	digits, _, _ := bytes.Cut(rest, headEnd[:2])
	size, err := strconv.Atoi(string(digits))
	if !found || err != nil {
		return false, fmt.Errorf("answered was %q", answer)
	}
	return len(body) >= size, nil
}

func (c *client) close() { _ = c.conn.Close() }

// load is what a number of clients have seen.
type load struct {
	answers   int
	seconds   float64
	service   []float64 // seconds from sending a request to its answer
	responses []float64 // seconds from when a request was due to its answer
}

func (l load) rate() float64 { return float64(l.answers) / l.seconds }

// side by side runs the same for each of a number of clients and joins what they have seen.
func sideBySide(clients int, run func(number int) (load, error)) (load, error) {
	parts := make([]load, clients)
	failures := make([]error, clients)
	began := time.Now()
	var all sync.WaitGroup
	for number := range clients {
		all.Go(func() { parts[number], failures[number] = run(number) })
	}
	all.Wait()
	joined := load{seconds: time.Since(began).Seconds()}
	for _, part := range parts {
		joined.answers += part.answers
		joined.service = append(joined.service, part.service...)
		joined.responses = append(joined.responses, part.responses...)
	}
	return joined, errors.Join(failures...)
}

// connect opens that many connections, each of which has been used once.
func connect(address string, count int, r review) ([]*client, func(), error) {
	var opened []*client
	closeAll := func() {
		for _, c := range opened {
			c.close()
		}
	}
	for range count {
		c, err := dial(address)
		if err == nil {
			opened = append(opened, c)
			err = c.ask(r)
		}
		if err != nil {
			closeAll()
			return nil, nil, err
		}
	}
	return opened, closeAll, nil
}

// closedLoop asks on each connection again as soon as it has the answer.
func closedLoop(clients []*client, r review, duration time.Duration) (load, error) {
	end := time.Now().Add(duration)
	return sideBySide(len(clients), func(number int) (l load, err error) {
		for time.Now().Before(end) && err == nil {
			err = clients[number].ask(r)
			l.answers++
		}
		return l, err
	})
}

// fixedRate asks at moments that do not depend on the answers. A request that could not be sent when it was due, since the one before
// had no answer yet, has waited since then all the same: otherwise a server that stops would stop the measurement with it.
func fixedRate(clients []*client, r review, perSecond int, duration time.Duration) (load, error) {
	began := time.Now()
	gap := time.Second / time.Duration(perSecond)
	return sideBySide(len(clients), func(number int) (l load, err error) {
		for due := began.Add(time.Duration(number) * gap); due.Before(began.Add(duration)) && err == nil; due = due.Add(time.Duration(len(clients)) * gap) {
			time.Sleep(time.Until(due))
			sent := time.Now()
			err = clients[number].ask(r)
			l.answers++
			l.service = append(l.service, time.Since(sent).Seconds())
			l.responses = append(l.responses, time.Since(due).Seconds())
		}
		return l, err
	})
}

// freshConnections asks once on each connection.
func freshConnections(address string, clients int, r review, duration time.Duration) (load, error) {
	end := time.Now().Add(duration)
	return sideBySide(clients, func(int) (l load, err error) {
		for time.Now().Before(end) && err == nil {
			var c *client
			if c, err = dial(address); err != nil {
				break
			}
			err = c.ask(r)
			c.close()
			l.answers++
		}
		return l, err
	})
}
