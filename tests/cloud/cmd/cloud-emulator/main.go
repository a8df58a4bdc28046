// SPDX-License-Identifier: Apache-2.0

// Command cloud-emulator serves the emulated cloud until SIGTERM or SIGINT. It is ready when addresses.json exists in --dir.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"acr-credential-helper/tests/cloud"
)

func main() {
	var options cloud.Options
	flag.StringVar(&options.Listen, "listen", "127.0.0.1:0", "TLS listener of all cloud host names")
	flag.StringVar(&options.IMDSListen, "imds-listen", "127.0.0.1:0", "listener of the ECS metadata service")
	flag.StringVar(&options.AdminListen, "admin-listen", "127.0.0.1:0", "listener of the admin interface")
	flag.StringVar(&options.ProxyListen, "proxy-listen", "127.0.0.1:0", "listener of the HTTP CONNECT proxy")
	flag.StringVar(&options.Dir, "dir", "", "folder for certificates and addresses.json (required)")
	flag.StringVar(&options.Registry, "registry", "", "HOST:PORT of a registry that serves every registry host")
	world := flag.String("world", "", "YAML file of the world; the built-in one if empty")
	exitWithStdin := flag.Bool("exit-with-stdin", false, "end when standard input is closed")
	flag.Parse()
	if options.Dir == "" || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	options.Log = os.Stderr
	if err := run(options, *world, *exitWithStdin); err != nil {
		fmt.Fprintln(os.Stderr, "cloud-emulator:", err)
		os.Exit(1)
	}
}

func run(options cloud.Options, world string, exitWithStdin bool) error {
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer cancel()
	if exitWithStdin {
		go func() {
			_, _ = io.Copy(io.Discard, os.Stdin)
			cancel()
		}()
	}
	var err error
	if options.World, err = cloud.LoadWorld(world); err != nil {
		return err
	}
	server, err := cloud.Start(ctx, options)
	if err != nil {
		return err
	}
	defer server.Close()
	fmt.Fprintf(os.Stderr, "cloud-emulator: ready, admin interface at %s\n", server.Addresses().Admin)
	<-ctx.Done()
	return nil
}
