// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"errors"
	"strings"
	"testing"

	"acr-credential-helper/tests/cloud"
	"acr-credential-helper/tests/world"
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

// Without a way to the internet only the VPC endpoints answer, and who cannot ask for the own region must find them all the same.
func TestWhileTheMetadataServiceIsAwayVPCEndpointsAreFound(t *testing.T) {
	const item = "- instanceId: cri-acme0000000000\n  regionId: cn-hangzhou\n  domains: " + world.PublicHost +
		"\n  customAccessKey: LTAItestuserpuller000001\n  customAccessKeySecret: testSecretOfPuller00000000001\n"
	for _, knows := range []string{"from nothing but the item", "from an earlier process"} {
		t.Run(knows, func(t *testing.T) {
			s := newScene(t)
			s.configure()
			if knows == "from an earlier process" {
				s.must(s.startServing("--region=").Stop(soon))
			}
			metadata := cloud.DefaultWorld().Metadata
			metadata.Disabled = true
			s.must(s.w.Cloud.SetMetadata(s.ctx, metadata))
			_, err := s.w.Cloud.AddFault(s.ctx, cloud.Fault{
				Match: cloud.FaultMatch{Host: "cr.cn-hangzhou.aliyuncs.com"}, Do: cloud.FaultAction{Cut: true},
			})
			s.must(err)
			s.configure("acr-registry-info", item)

			s.startController("--region=")

			// An earlier process may have left the login of another identity in the Secret.
			s.eventually(startLimit, func() error {
				for _, call := range s.calls() {
					if call.API == "GetAuthorizationToken" && call.Code == "success" && strings.Contains(call.Identity, "user/puller") {
						return nil
					}
				}
				return errors.New("no login was fetched through the VPC endpoint")
			})
			s.awaitHosts(s.namespace(), startLimit, world.PublicHost)
		})
	}
}
