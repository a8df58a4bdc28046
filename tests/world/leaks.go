// SPDX-License-Identifier: Apache-2.0

package world

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// prefixLength is the part of a secret by which it is looked up. Shorter secrets cannot be told from ordinary words.
const prefixLength = 8

// CheckNoSecretLeaked searches all logs, all Events and every answer of /metrics for every secret that the cloud ever
// issued or knows. The error names file and offset, never the secret.
func (w *World) CheckNoSecretLeaked(ctx context.Context) error {
	secrets, err := w.Cloud.Secrets(ctx)
	if err != nil {
		return err
	}
	search := newSecretSearch(secrets)
	if search.count == 0 {
		return fmt.Errorf("the cloud knows no secret, so this check would prove nothing")
	}
	files, err := os.ReadDir(w.LogDir())
	if err != nil {
		return err
	}
	var leaks []string
	for _, file := range files {
		text, err := os.ReadFile(filepath.Join(w.LogDir(), file.Name()))
		if err != nil {
			return err
		}
		for _, offset := range search.find(text) {
			leaks = append(leaks, fmt.Sprintf("%s at byte %d", file.Name(), offset))
		}
	}
	if len(leaks) > 0 {
		return fmt.Errorf("secrets leaked: %s", strings.Join(leaks, ", "))
	}
	return nil
}

// secretSearch finds any of many strings in one pass: by their first bytes, then by comparison.
type secretSearch struct {
	byPrefix map[[prefixLength]byte][][]byte
	count    int
}

func newSecretSearch(secrets []string) *secretSearch {
	s := &secretSearch{byPrefix: map[[prefixLength]byte][][]byte{}}
	for _, secret := range secrets {
		if len(secret) < prefixLength {
			continue
		}
		prefix := [prefixLength]byte([]byte(secret))
		s.byPrefix[prefix] = append(s.byPrefix[prefix], []byte(secret))
		s.count++
	}
	return s
}

// find returns the offsets at which a secret begins.
func (s *secretSearch) find(text []byte) []int {
	var offsets []int
	for at := 0; at+prefixLength <= len(text); at++ {
		candidates := s.byPrefix[[prefixLength]byte(text[at:])]
		if slices.ContainsFunc(candidates, func(secret []byte) bool { return bytes.HasPrefix(text[at:], secret) }) {
			offsets = append(offsets, at)
		}
	}
	return offsets
}
