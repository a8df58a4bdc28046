// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"

	"acr-credential-helper/tests/world"
)

const refreshedAt = "acr-credential-helper/refreshed-at"

// rotation pulls without a break until the login has been replaced, then waits until the old one is worth nothing.
func (s *story) rotation() error {
	before, err := s.w.Secret(s.ctx, namespace)
	if err != nil {
		return err
	}
	begin, pulls, after := time.Now(), 0, before
	for after.Annotations[refreshedAt] == before.Annotations[refreshedAt] {
		if time.Since(begin) > 2*lifetime {
			return fmt.Errorf("no rotation within %s", 2*lifetime)
		}
		if err := s.w.PullWith(s.ctx, image, after); err != nil {
			return fmt.Errorf("pull %d before the rotation: %w", pulls+1, err)
		}
		pulls++
		if after, err = s.w.Secret(s.ctx, namespace); err != nil {
			return err
		}
	}
	if err := s.w.PullWith(s.ctx, image, after); err != nil {
		return fmt.Errorf("the first pull after the rotation: %w", err)
	}
	if after.UID != before.UID {
		return errors.New("the Secret was deleted and made anew")
	}
	s.tell("the credential was rotated in place", time.Since(begin),
		fmt.Sprintf("%d pulls before and during, 1 after, none failed; uid of the Secret unchanged", pulls))
	return s.act("the old credential has expired and is refused; the new one pulls", func() error {
		return s.expectExpiry(before.Data[corev1.DockerConfigJsonKey])
	})
}

func (s *story) expectExpiry(old []byte) error {
	err := world.Eventually(s.ctx, 2*lifetime, func() error {
		if err := s.w.Pull(s.ctx, image, old); !errors.Is(err, world.ErrPullRefused) {
			return fmt.Errorf("the old credential is not refused: %v", err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	current, err := s.w.Secret(s.ctx, namespace)
	if err != nil {
		return err
	}
	return s.w.PullWith(s.ctx, image, current)
}
