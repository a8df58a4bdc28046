// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"

	"acr-credential-helper/tests/world"
)

// hint says how to look around in what --keep leaves running, in commands that can be copied.
func (s *story) hint() string {
	return fmt.Sprintf(`
Everything stays up: a real API server with its controllers, no nodes (pods are created and stay Pending).
  export KUBECONFIG=%[1]s
  export PATH=%[2]s:$PATH      # kubectl, helm, crane

Look at what was made:
  kubectl get secrets,serviceaccounts -A
  kubectl -n %[3]s get serviceaccount default -o yaml
  kubectl -n %[3]s get secret %[4]s -o jsonpath='{.metadata.annotations}'
  kubectl -n %[5]s get events --field-selector involvedObject.name=%[6]s

Add a namespace of your own and see its ServiceAccount bound:
  kubectl create namespace mine; sleep 1; kubectl -n mine get serviceaccount default -o jsonpath='{.imagePullSecrets}'

Edit the configuration, switch the webhook off and on:
  kubectl -n %[5]s edit configmap %[6]s
  kubectl -n %[5]s patch configmap %[6]s -p '{"data":{"webhook-configuration":"enable: false\n"}}'
  kubectl -n %[5]s patch configmap %[6]s -p '{"data":{"webhook-configuration":"enable: true\nfailure-policy: Fail\n"}}'

Ask the programs:
  curl %[7]s/readyz; curl %[8]s     # controller
  curl %[9]s/readyz; curl %[10]s     # webhook

Logs are in %[11]s. `+"`scripts/demo --stop`"+` ends it.
`, s.w.Plane.Kubeconfig(), s.w.Plane.Bin(), namespace, world.SecretName, world.OwnNamespace, world.ConfigMapName,
		s.controller.HealthURL(), s.controller.MetricsURL(), s.server.HealthURL(), s.server.MetricsURL(), s.w.LogDir())
}
