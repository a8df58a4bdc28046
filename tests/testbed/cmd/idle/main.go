// SPDX-License-Identifier: Apache-2.0

// Command idle waits for a signal: the workload of pods that only have to be pulled and run.
package main

import (
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGTERM, syscall.SIGINT)
	<-ended
}
