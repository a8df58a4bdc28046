// SPDX-License-Identifier: Apache-2.0

// Command demo plays the story of the product against a real control plane, a real registry and the cloud emulator, and
// tells it line by line with measured times. It fails if anything is not as promised.
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
	"time"

	"acr-credential-helper/tests/world"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

func run() error {
	dir := flag.String("dir", "", "folder for everything that the demo writes; must be empty or absent")
	binaries := flag.String("binaries", "", "folder with acr-controller and acr-webhook")
	emulator := flag.String("emulator", "", "the program cloud-emulator")
	keep := flag.Bool("keep", false, "leave everything running after the story, until SIGTERM")
	flag.Parse()
	if *dir == "" {
		return errors.New("--dir is missing")
	}
	absolute, err := filepath.Abs(*dir)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	begin := time.Now()
	w, err := world.Start(ctx, world.Options{Dir: absolute, Binaries: *binaries, Emulator: *emulator})
	if err != nil {
		return err
	}
	defer w.Stop()
	story := &story{ctx: ctx, w: w}
	story.tell("control plane, registry and emulated cloud are up", time.Since(begin), "")
	if err := story.play(); err != nil {
		return fmt.Errorf("%w\n(the logs of all programs are in %s)", err, w.LogDir())
	}
	fmt.Printf("All as promised, in %.1f s.\n", time.Since(begin).Seconds())
	if *keep {
		return story.stay()
	}
	return nil
}

// stay prints how to look around and waits for SIGTERM. The file `kept` tells a script that the story has ended.
func (s *story) stay() error {
	fmt.Print(s.hint())
	if err := os.WriteFile(filepath.Join(s.w.Dir(), "kept"), nil, 0o644); err != nil {
		return err
	}
	<-s.ctx.Done()
	return nil
}
