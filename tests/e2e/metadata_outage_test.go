// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"testing"

	"acr-credential-helper/tests/cloud"
)

func TestARestartWhileTheMetadataServiceIsAwayKeepsEveryLogin(t *testing.T) {
	s := newScene(t)
	s.configure() // its item has no regionId: the region comes from the metadata service
	first := s.startServing("--region=")
	namespace := s.namespace()
	old := s.awaitHosts(namespace, soon, acmeHosts...)
	s.awaitBound(namespace, "default", soon)
	before := s.snapshot(namespace)
	s.must(first.Stop(soon))

	metadata := cloud.DefaultWorld().Metadata
	metadata.Disabled = true
	s.must(s.w.Cloud.SetMetadata(s.ctx, metadata))
	s.startController("--region=")

	fresh := s.namespace()
	secret := s.awaitHosts(fresh, startLimit, acmeHosts...)
	if string(secret.Data[".dockerconfigjson"]) != string(old.Data[".dockerconfigjson"]) {
		t.Fatal("the new namespace was served with another login")
	}
	s.unchanged(before, namespace)
}
