// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"

	"acr-credential-helper/tests/cloud"
	"acr-credential-helper/tests/world"
)

const (
	image      = world.PublicHost + "/apps/web:v1"
	namespace  = "shop"
	startLimit = 20 * time.Second
	soon       = 10 * time.Second
	promised   = time.Second
	lifetime   = 12 * time.Second // of a registry login, so that the story can wait for a rotation and an expiry
)

type story struct {
	ctx                context.Context
	w                  *world.World
	controller, server *world.Program
}

func (s *story) tell(what string, took time.Duration, detail string) {
	fmt.Printf("%7.3f s  %s", took.Seconds(), what)
	if detail != "" {
		fmt.Printf(" (%s)", detail)
	}
	fmt.Println()
}

// act does one step, then tells it with its time.
func (s *story) act(what string, step func() error) error {
	begin := time.Now()
	if err := step(); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	s.tell(what, time.Since(begin), "")
	return nil
}

// play runs the chapters in order, up to the first that fails.
func (s *story) play() error {
	for _, chapter := range []func() error{s.prepare, s.background, s.releaseWithoutWebhook, s.webhook, s.toggle, s.rotation} {
		if err := chapter(); err != nil {
			return err
		}
	}
	return s.w.Cloud.SetLifetimes(s.ctx, cloud.Lifetimes{}) // with --keep, the usual hour from now on
}

func (s *story) configure(webhook string) error {
	// A login lives shorter than the usual expiring-threshold here, so it is renewed after two thirds of its life.
	return s.w.Configure(s.ctx, map[string]string{
		"acr-registry-info": world.Enterprise, "watch-namespace": "all", "service-account": "*",
		"webhook-configuration": webhook,
	})
}

func (s *story) prepare() error {
	if err := s.w.Cloud.SetLifetimes(s.ctx, cloud.Lifetimes{RegistryToken: cloud.Duration(lifetime)}); err != nil {
		return err
	}
	if err := s.w.Push(s.ctx, image); err != nil {
		return err
	}
	if err := s.configure(world.WebhookOff); err != nil {
		return err
	}
	return s.act("controller and webhook are ready, each with the rights of its own ServiceAccount only", func() error {
		controller, err := s.w.StartController()
		if err != nil {
			return err
		}
		webhook, err := s.w.StartWebhook()
		if err != nil {
			return err
		}
		s.controller, s.server = controller, webhook
		return errors.Join(controller.AwaitReady(s.ctx, startLimit), webhook.AwaitReady(s.ctx, startLimit))
	})
}

func (s *story) createNamespace(name string) error {
	wanted := world.AsApplied(&corev1.Namespace{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Namespace"}, ObjectMeta: metav1.ObjectMeta{Name: name},
	})
	_, err := s.w.Client().CoreV1().Namespaces().Create(s.ctx, wanted, metav1.CreateOptions{})
	return err
}

func (s *story) background() error {
	// The first login comes from the cloud; what is shown is how a later namespace is served, from memory.
	if _, err := s.w.AwaitSecret(s.ctx, "default", startLimit); err != nil {
		return err
	}
	begin := time.Now()
	if err := s.createNamespace(namespace); err != nil {
		return err
	}
	secret, err := s.w.AwaitSecret(s.ctx, namespace, promised)
	if err != nil {
		return err
	}
	s.tell("a new namespace has its pull Secret", time.Since(begin), "promised: 1 s")
	if err := s.w.AwaitPullSecrets(s.ctx, namespace, "default", promised, world.SecretName); err != nil {
		return err
	}
	s.tell("its ServiceAccount `default` is bound, in the background", time.Since(begin), "promised: 1 s")
	if err := s.act("an anonymous pull of a private image is refused", s.expectRefusal); err != nil {
		return err
	}
	return s.act("the same pull works with the Secret that was made", func() error {
		return s.w.PullWith(s.ctx, image, secret)
	})
}

func (s *story) expectRefusal() error {
	if err := s.w.Pull(s.ctx, image, nil); !errors.Is(err, world.ErrPullRefused) {
		return fmt.Errorf("the pull was not refused: %v", err)
	}
	return nil
}

func (s *story) releaseWithoutWebhook() error {
	accounts, err := s.w.Client().CoreV1().ServiceAccounts(namespace).Watch(s.ctx, metav1.ListOptions{FieldSelector: "metadata.name=plain"})
	if err != nil {
		return err
	}
	defer accounts.Stop()
	// The watch must be read while Helm still works, or both changes would seem to come at the same moment.
	var took time.Duration
	var bindErr error
	var binding sync.WaitGroup
	binding.Go(func() { took, bindErr = s.bindingTime(accounts.ResultChan()) })
	first, err := s.w.InstallRelease(s.ctx, namespace, "plain")
	binding.Wait()
	if err := errors.Join(err, bindErr); err != nil {
		return err
	}
	s.tell("without webhook: the ServiceAccount of a Helm release is bound after its creation", took, "promised: 1 s")
	return s.act("without webhook: the next pod of the release carries the pull secret", func() error {
		pod, err := s.w.ReplacePod(s.ctx, "plain", first)
		if err != nil {
			return err
		}
		return expectPullSecret("pod "+pod.Name, pod.Spec.ImagePullSecrets)
	})
}

// bindingTime is the time from the creation of a ServiceAccount to its binding, both as a watch saw them.
func (s *story) bindingTime(changes <-chan watch.Event) (time.Duration, error) {
	overdue := time.After(soon)
	var created time.Time
	for {
		select {
		case change := <-changes:
			account, isAccount := change.Object.(*corev1.ServiceAccount)
			if !isAccount {
				return 0, fmt.Errorf("the watch of ServiceAccounts ended: %v", change.Object)
			}
			if created.IsZero() {
				created = time.Now()
			}
			took := time.Since(created)
			if took > promised {
				return took, fmt.Errorf("ServiceAccount %s was not bound within %s", account.Name, promised)
			}
			if world.HasPullSecret(account, world.SecretName) {
				return took, nil
			}
		case <-overdue:
			return 0, errors.New("the ServiceAccount was not bound")
		}
	}
}

func expectPullSecret(what string, pullSecrets []corev1.LocalObjectReference) error {
	if names := world.Names(pullSecrets); !slices.Equal(names, []string{world.SecretName}) {
		return fmt.Errorf("%s carries %v", what, names)
	}
	return nil
}
