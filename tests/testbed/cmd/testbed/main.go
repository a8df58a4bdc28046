// SPDX-License-Identifier: Apache-2.0

// Command testbed starts a control plane for a person and keeps it until Ctrl-C:
//
//	testbed up --dir DIR [--keep]
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"acr-credential-helper/tests/testbed"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "testbed:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	flags := flag.NewFlagSet("testbed up", flag.ContinueOnError)
	dir := flags.String("dir", "", "folder for data, certificates, kubeconfig and logs; must not exist yet")
	keep := flags.Bool("keep", false, "keep the folder at the end")
	if len(args) == 0 || args[0] != "up" {
		return errors.New("usage: testbed up --dir DIR [--keep]")
	}
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	if *dir == "" {
		return errors.New("--dir is missing")
	}
	absolute, err := filepath.Abs(*dir)
	if err != nil {
		return err
	}
	if err := os.Mkdir(absolute, 0o755); err != nil {
		return err
	}
	if !*keep {
		defer os.RemoveAll(absolute)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	plane, err := testbed.Start(ctx, testbed.Options{Dir: absolute, AuditLog: true})
	if err != nil {
		return err
	}
	fmt.Printf("export KUBECONFIG=%s\nexport PATH=%s:$PATH\nCtrl-C stops it.\n", plane.Kubeconfig(), plane.Bin())
	<-ctx.Done()
	return plane.Stop()
}
