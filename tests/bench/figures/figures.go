// SPDX-License-Identifier: Apache-2.0

// Package figures is what the benchmarks share: what a process has used, what figures say together, and where they are
// written down.
package figures

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// CPUSeconds is the time that all threads of a process have run so far. The scheduler's own account is exact to the
// nanosecond, where /proc/PID/stat counts in hundredths of a second, but it forgets threads that have ended.
func CPUSeconds(pid int) (float64, error) {
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	if err != nil || len(files) == 0 {
		return 0, fmt.Errorf("process %d has no account in /proc (%v)", pid, err)
	}
	var sum float64
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // the thread has just ended
		}
		nanoseconds, err := strconv.ParseFloat(strings.Fields(string(text))[0], 64)
		if err != nil {
			return 0, err
		}
		sum += nanoseconds / 1e9
	}
	return sum, nil
}

// MemoryMiB reads a field of /proc/PID/status: VmHWM is the peak, VmRSS what is resident now.
func MemoryMiB(pid int, field string) (float64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if value, found := strings.CutPrefix(line, field+":"); found {
			kib, err := strconv.ParseFloat(strings.Fields(value)[0], 64)
			return kib / 1024, err
		}
	}
	return 0, fmt.Errorf("process %d has no %s", pid, field)
}

// Bound is what a figure must keep.
type Bound struct {
	Text string
	Kept func(figure float64) bool // nil: any figure will do
}

// NoBound lets any figure be.
var NoBound = Bound{}

// AtLeast and AtMost are bounds that belong to what they allow.
func AtLeast(limit float64) Bound {
	return Bound{fmt.Sprintf("at least %.4g", limit), func(figure float64) bool { return figure >= limit }}
}

func AtMost(limit float64) Bound {
	return Bound{fmt.Sprintf("at most %.4g", limit), func(figure float64) bool { return figure <= limit }}
}

// Median of figures.
func Median(figures []float64) float64 { return Percentile(figures, 0.5) }

// Percentile of figures, between the two nearest if none lies exactly there.
func Percentile(figures []float64, share float64) float64 {
	if len(figures) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(figures))
	at := share * float64(len(sorted)-1)
	below := int(at)
	above := min(below+1, len(sorted)-1)
	return sorted[below] + (sorted[above]-sorted[below])*(at-float64(below))
}

// Machine is one line about the processor, the kernel and the memory.
func Machine() string {
	model, cores := "unknown processor", 0
	text, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(text)) {
		if name, value, found := strings.Cut(line, ":"); found && strings.TrimSpace(name) == "model name" {
			model, cores = strings.TrimSpace(value), cores+1
		}
	}
	kernel, _ := exec.Command("uname", "-sr").Output()
	return fmt.Sprintf("%s, %d cores, %s, %s", model, cores, strings.TrimSpace(string(kernel)), time.Now().Format(time.DateOnly))
}

// LoadAverage of the last minute.
func LoadAverage() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	return strings.Fields(string(text))[0]
}

// ReplaceSection puts text between the two marks of that name in a document, or appends marks and text.
func ReplaceSection(document, name, text string) error {
	old, err := os.ReadFile(document)
	if err != nil {
		return err
	}
	begin := fmt.Sprintf("<!-- measured: %s -->\n", name)
	const end = "<!-- end -->\n"
	section := begin + text + end
	whole := string(old)
	before, rest, found := strings.Cut(whole, begin)
	if !found {
		return os.WriteFile(document, []byte(whole+"\n"+section), 0o644)
	}
	_, after, found := strings.Cut(rest, end)
	if !found {
		return fmt.Errorf("%s: the section that begins with %q has no end", document, strings.TrimSpace(begin))
	}
	return os.WriteFile(document, []byte(before+section+after), 0o644)
}
