// SPDX-License-Identifier: Apache-2.0

// Command cluster measures what the controller costs a cluster and how fast it is, against a real kube-apiserver and etcd
// and in turn with a floor: a program that makes only the calls that cannot be avoided. Figures of one run are comparable
// with each other, whatever else the machine does; those of two runs are not.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"acr-credential-helper/tests/bench/figures"
	"acr-credential-helper/tests/world"
)

const wholeLimit = 3 * time.Hour

func main() {
	if runAsChild() {
		return
	}
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run() error {
	var s sizes
	flag.IntVar(&s.Namespaces, "namespaces", 1000, "namespaces to serve")
	flag.IntVar(&s.Accounts, "accounts", 5, "ServiceAccounts in each of them")
	flag.IntVar(&s.Foreign, "foreign", 5000, "Secrets of others, 2 KB each")
	flag.IntVar(&s.Rounds, "rounds", 3, "how often each measure is taken; the median counts")
	flag.DurationVar(&s.Rest, "rest", time.Minute, "how long the idle controller is looked at")
	flag.DurationVar(&s.Arrivals, "arrivals", 5*time.Second, "how long objects arrive at each rate")
	flag.DurationVar(&s.Settle, "settle", 3*time.Second, "what is still counted after the last write of a backfill")
	flag.DurationVar(&s.Lifetime, "lifetime", 0, "life of the logins that are rotated; default: long enough for the sizes")
	binaries := flag.String("binaries", "", "folder with acr-controller; default: environment variable ACR_BIN_DIR")
	only := flag.String("only", "", "comma-separated parts beside the backfill: rest, arrivals, rotation, restart; default: all")
	document := flag.String("write", "", "document whose section for these sizes receives the table, such as docs/performance.md")
	keep := flag.Bool("keep", false, "keep the logs even after success")
	flag.Parse()
	if s.Namespaces < 1 || s.Accounts < 1 || s.Rounds < 1 || s.Rest <= 0 || s.Arrivals <= 0 || flag.NArg() > 0 {
		return errors.New("every size is at least 1, and there are no arguments")
	}
	if s.Lifetime == 0 { // it must not end before the login before it is replaced everywhere
		s.Lifetime = max(20*time.Second, time.Duration(s.Namespaces)*15*time.Millisecond)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, wholeLimit)
	defer cancel()
	dir, err := os.MkdirTemp("", "acr-bench-")
	if err != nil {
		return err
	}
	text, missed, err := measure(ctx, s, parts(*only), dir, *binaries)
	if err != nil {
		return fmt.Errorf("%w\n(the logs of all programs are in %s)", err, filepath.Join(dir, "logs"))
	}
	if !*keep {
		defer os.RemoveAll(dir)
	}
	fmt.Print("\n", text)
	if *document != "" {
		if err := figures.ReplaceSection(*document, s.title(), text); err != nil {
			return err
		}
	}
	if len(missed) > 0 {
		return fmt.Errorf("%d bounds are broken: %s", len(missed), strings.Join(missed, "; "))
	}
	return nil
}

func parts(only string) func(name string) bool {
	return func(name string) bool { return only == "" || strings.Contains(","+only+",", ","+name+",") }
}

// measure starts everything, takes all measures and ends everything. It returns the section for the document.
func measure(ctx context.Context, s sizes, wanted func(string) bool, dir, binaries string) (text string, missed []string, err error) {
	w, err := world.Start(ctx, world.Options{Dir: dir, Binaries: binaries, Unwatched: true})
	if err != nil {
		return "", nil, err
	}
	defer func() { err = errors.Join(err, w.Stop()) }()
	admin, err := newAPI(w.Plane.Kubeconfig(), true)
	if err != nil {
		return "", nil, err
	}
	begin := time.Now()
	b := &bench{sizes: s, ctx: ctx, w: w, admin: admin, tell: func(format string, args ...any) {
		fmt.Printf("%4.0f s: %s\n", time.Since(begin).Seconds(), fmt.Sprintf(format, args...))
	}}
	load := figures.LoadAverage()
	if err := b.takeAll(wanted); err != nil {
		return "", nil, err
	}
	text = fmt.Sprintf("%s, load %s before and %s after; kube-apiserver and etcd without fsync on the same machine.\n"+
		"%d namespaces with %d ServiceAccounts each beside %d foreign Secrets of 2 KB; medians of %d rounds, the two sides in turn.\n\n%s",
		figures.Machine(), load, figures.LoadAverage(), s.Namespaces, s.Accounts, s.Foreign, s.Rounds, b.table.markdown())
	return text, b.table.missed(), nil
}

func (b *bench) takeAll(wanted func(string) bool) error {
	if err := b.seed(); err != nil {
		return err
	}
	if err := b.configure(); err != nil {
		return err
	}
	if err := b.warmUp(); err != nil {
		return err
	}
	controller, err := b.compareBackfill()
	if err != nil {
		return err
	}
	if wanted("rest") {
		if err := b.measureRest(controller); err != nil {
			return err
		}
	}
	if err := controller.Stop(stopLimit); err != nil {
		return err
	}
	for _, part := range []struct {
		name    string
		measure func() error
	}{{"restart", b.compareRestarts}, {"arrivals", b.compareArrivals}, {"rotation", b.compareRotations}} {
		if !wanted(part.name) {
			continue
		}
		if err := part.measure(); err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
	}
	return nil
}
