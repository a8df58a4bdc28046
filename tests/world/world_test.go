// SPDX-License-Identifier: Apache-2.0

package world

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"acr-credential-helper/tests/cloud"
)

func TestAWorldHasRightsRegistryAndCloudBeforeTheProductRuns(t *testing.T) {
	ctx := t.Context()
	w, err := Start(ctx, Options{Dir: t.TempDir(), Binaries: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Stop(); err != nil {
			t.Error(err)
		}
	})

	image := PublicHost + "/apps/private:v1"
	if err := w.Push(ctx, image); err != nil {
		t.Fatal(err)
	}
	if err := w.Pull(ctx, image, nil); !errors.Is(err, ErrPullRefused) {
		t.Errorf("an anonymous pull: %v, want a refusal", err)
	}
	if err := w.Pull(ctx, PublicHost+"/apps/private:v1", []byte(`{"auths":{}}`)); !errors.Is(err, ErrPullRefused) {
		t.Errorf("a pull with an empty docker configuration: %v, want a refusal", err)
	}
	hooks, err := w.Client().AdmissionregistrationV1().MutatingWebhookConfigurations().Get(ctx, AdmissionName, metav1.GetOptions{})
	if err != nil || len(hooks.Webhooks) != 0 {
		t.Errorf("the shipped registration: %v, %v; want one without webhooks", hooks, err)
	}
	if err := w.Configure(ctx, map[string]string{"watch-namespace": "all"}); err != nil {
		t.Error(err)
	}
	if err := w.Reset(ctx); err != nil {
		t.Error(err)
	}
	if err := w.CheckNoSecretLeaked(ctx); err != nil {
		t.Error(err)
	}
	leak := []byte("a careless line with " + cloud.DefaultWorld().Accounts[0].Users[0].AccessKeys[0].Secret + " in it\n")
	if err := os.WriteFile(filepath.Join(w.LogDir(), "careless.log"), leak, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := w.CheckNoSecretLeaked(ctx); err == nil {
		t.Error("a log with an access key secret passed the check for leaks")
	}
}
