// SPDX-License-Identifier: Apache-2.0

// Command webhook measures what acr-webhook needs for its answers, beside two TLS servers that answer with a constant: one in C++
// directly on OpenSSL and epoll, and one of Go's net/http. The ratios of one run are comparable, whatever else the machine does.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"acr-credential-helper/tests/bench/figures"
	"acr-credential-helper/tests/world"
)

const wholeLimit = time.Hour

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
	flag.IntVar(&s.Rounds, "rounds", 3, "how often each measure is taken; the median counts")
	flag.DurationVar(&s.Load, "load", 3*time.Second, "how long each server is under each load in each round")
	flag.DurationVar(&s.Rest, "rest", 12*time.Second, "how long the servers rest before their memory is looked at; acr-webhook gives memory back every 10 s")
	flag.IntVar(&s.Creations, "creations", 1000, "ServiceAccounts that are created for each hook, at 100/s and once more all at once")
	binaries := flag.String("binaries", "", "folder with acr-controller and acr-webhook; default: environment variable ACR_BIN_DIR")
	document := flag.String("write", "", "document whose section receives the table, such as docs/performance.md")
	strict := flag.Bool("strict", false, "end with exit code 1 if a target is missed")
	flag.Parse()
	if s.Rounds < 1 || s.Load <= 0 || s.Creations < 1 || flag.NArg() > 0 {
		return errors.New("every size is at least 1, and there are no arguments")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, wholeLimit)
	defer cancel()
	dir, err := os.MkdirTemp("", "acr-bench-")
	if err != nil {
		return err
	}
	text, missed, err := measure(ctx, s, dir, *binaries)
	if err != nil {
		return fmt.Errorf("%w\n(the logs of all programs are in %s)", err, filepath.Join(dir, "logs"))
	}
	defer os.RemoveAll(dir)
	fmt.Print("\n", text)
	if *document != "" {
		if err := figures.ReplaceSection(*document, "webhook", text); err != nil {
			return err
		}
	}
	if *strict && len(missed) > 0 {
		return fmt.Errorf("%d targets are missed: %q", len(missed), missed)
	}
	return nil
}

// measure starts everything, takes all measures and ends everything. It returns the section for the document.
func measure(ctx context.Context, s sizes, dir, binaries string) (text string, missed []string, err error) {
	w, err := world.Start(ctx, world.Options{Dir: dir, Binaries: binaries, Unwatched: true})
	if err != nil {
		return "", nil, err
	}
	defer func() { err = errors.Join(err, w.Stop()) }()
	begin := time.Now()
	b := &bench{sizes: s, ctx: ctx, w: w, dir: dir, tell: func(format string, args ...any) {
		fmt.Printf("%4.0f s: %s\n", time.Since(begin).Seconds(), fmt.Sprintf(format, args...))
	}}
	load := figures.LoadAverage()
	if b.servers, b.bundle, err = newFloors(dir, w.LogDir()); err != nil {
		return "", nil, err
	}
	defer b.killFloors()
	b.servers = append(b.servers, newOurs(w))
	if b.small, err = newReview(ourNamespace, smallReview); err != nil {
		return "", nil, err
	}
	if b.large, err = newReview(ourNamespace, largeReview); err != nil {
		return "", nil, err
	}
	if err := b.prepare(); err != nil {
		return "", nil, err
	}
	controller, err := w.StartController() // makes the authority of the webhook's certificate, and registers it
	if err != nil {
		return "", nil, err
	}
	if err := controller.AwaitReady(ctx, readyLimit); err != nil {
		return "", nil, err
	}
	if err := b.takeAll(); err != nil {
		return "", nil, err
	}
	text = fmt.Sprintf("%s, load %s before and %s after; medians of %d rounds of %s, the servers in turn; reviews of %d and %d bytes with their heads.\n\n%s",
		figures.Machine(), load, figures.LoadAverage(), s.Rounds, s.Load, len(b.small.bytes), len(b.large.bytes), b.table.markdown())
	return text, b.table.missed(), nil
}

func (b *bench) killFloors() {
	for _, s := range b.servers[:2] {
		if s.process != nil {
			s.process.Kill()
		}
	}
}

// unpin lets this process run on all cores again; best effort, since only the sharpness of figures depends on it.
func unpin() {
	_ = exec.Command("taskset", "--all-tasks", "--cpu-list", "--pid", "0-1023", strconv.Itoa(os.Getpid())).Run()
}
