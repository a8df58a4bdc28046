// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"acr-credential-helper/tests/cloud"
	"acr-credential-helper/tests/world"
)

const (
	limitedItem = `  customAccessKey: LTAItestuserlimited00001 # may fetch logins, but not list endpoints
  customAccessKeySecret: testSecretOfLimited0000000001
`
	checkItems = `- instanceId: cri-acme0000000000
- instanceId: cri-beta0000000000
  customAccessKey: LTAItestuserassumer00001 # may neither
  customAccessKeySecret: testSecretOfAssumer0000000001
- instanceId: cri-typo000000000
- instanceId: cri-gamma000000000
  regionId: cn-shanghai
- instanceId: cri-partner0000000
  assumeRoleARN: ` + sharedPull + "\n"
)

// checkedInstance is one entry of the JSON of --check-credentials.
type checkedInstance struct {
	Result, Instance, Identity, AccessKeyID, Expires, Warning string
	Roles, Domains                                            []string
	Hosts                                                     []struct{ Host, Result, Detail, Advice string }
	Failure                                                   struct{ Kind, Code, RequestID, Message, Advice string }
}

// answers are what the hosts that were asked made of the login, as "host result".
func (i checkedInstance) answers() []string {
	var answers []string
	for _, host := range i.Hosts {
		answers = append(answers, host.Host+" "+host.Result)
	}
	slices.Sort(answers)
	return answers
}

// checkCredentials runs acr-controller --check-credentials to its end and returns what it printed, and its exit code. Its output
// joins the logs, in which no credential may be.
func (s *scene) checkCredentials(env []string, args ...string) (stdout, stderr string, code int) {
	s.Helper()
	command := exec.CommandContext(s.ctx, s.w.Binary("acr-controller"), append([]string{
		"--check-credentials", "--namespace=" + world.OwnNamespace, "--imds-endpoint=" + s.w.Addresses.IMDS,
		"--openapi-connect-to=" + s.w.Addresses.OpenAPI, "--openapi-ca-file=" + filepath.Join(s.w.Dir(), "cloud", "ca.crt"),
	}, args...)...)
	command.Env = append(slices.DeleteFunc(os.Environ(), func(variable string) bool {
		return strings.Contains(strings.ToUpper(variable), "_PROXY=")
	}), env...)
	var out, log bytes.Buffer
	command.Stdout, command.Stderr = &out, &log
	err := command.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		s.Fatal(err)
	}
	file, err := os.OpenFile(filepath.Join(s.w.LogDir(), "acr-check-credentials.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	s.must(err)
	_, err = file.WriteString(out.String() + log.String())
	s.must(errors.Join(err, file.Close()))
	return out.String(), log.String(), command.ProcessState.ExitCode()
}

func readCheck(s *scene, text string) map[string]checkedInstance {
	s.Helper()
	var report struct{ Instances []checkedInstance }
	s.must(json.Unmarshal([]byte(text), &report))
	byName := map[string]checkedInstance{}
	for _, instance := range report.Instances {
		byName[instance.Instance] = instance
	}
	return byName
}

func TestCheckCredentialsTellsOfEachInstanceWhatCameOfItAndWritesNothing(t *testing.T) {
	s := newScene(t)
	s.configure("acr-registry-info", checkItems)
	_, err := s.w.Cloud.AddFault(s.ctx, cloud.Fault{Match: cloud.FaultMatch{Instance: "cri-gamma000000000"}, Do: cloud.FaultAction{Hang: true}})
	s.must(err)
	began := time.Now()

	text, log, code := s.checkCredentials(nil, "--kubeconfig="+s.w.ControllerKubeconfig(), "--output=json")

	if took := time.Since(began); code != 1 || took > 30*time.Second {
		t.Fatalf("it ended with exit code %d after %s:\n%s%s", code, took, text, log)
	}
	if writes := s.writesOfTheProduct(began); len(writes) > 0 {
		t.Fatalf("it wrote to the cluster: %v", writes)
	}
	found := readCheck(s, text)
	good := found["cri-acme0000000000@cn-hangzhou"]
	slices.Sort(good.Domains)
	if good.Result != "ok" || !slices.Equal(good.Domains, slices.Sorted(slices.Values(acmeHosts))) || len(good.AccessKeyID) != len("***abcd") {
		t.Fatalf("the good instance: %+v", good)
	}
	for _, host := range acmeHosts {
		if !slices.Contains(good.answers(), host+" taken") || len(good.Hosts) != len(acmeHosts) {
			t.Fatalf("the hosts of the good instance: %+v", good.Hosts)
		}
	}
	s.must(holdsAll("the identity", good.Identity, "worker role KubernetesWorkerRole-test"))
	partner := found["cri-partner0000000@cn-hangzhou"]
	if partner.Result != "ok" || !slices.Equal(partner.Roles, []string{sharedPull}) {
		t.Fatalf("the partner's instance: %+v", partner)
	}
	denied := found["cri-beta0000000000@cn-hangzhou"]
	s.must(holdsAll("the denied instance", denied.Failure.Code+denied.Failure.Advice, "NoPermission", "cr:GetAuthorizationToken", "cr:ListInstanceEndpoint"))
	if id := s.requestID("cri-beta0000000000", "GetAuthorizationToken"); denied.Failure.RequestID != id || denied.AccessKeyID != "***0001" {
		t.Fatalf("the denied instance: %+v, want request id %s", denied, id)
	}
	s.must(holdsAll("the wrong instance", found["cri-typo000000000@cn-hangzhou"].Failure.Code, "INSTANCE_NOT_EXIST"))
	hanging := found["cri-gamma000000000@cn-shanghai"].Failure
	s.must(holdsAll("the hanging instance", hanging.Kind+hanging.Message+hanging.Advice, "timeout", "cr.cn-shanghai.aliyuncs.com", "check the way to the cloud"))
	for instance, want := range map[string]int{"cri-beta0000000000": 2, "cri-typo000000000": 1} {
		if calls := s.callsAbout(instance); calls != want {
			t.Fatalf("%d calls were made about %s, want %d", calls, instance, want)
		}
	}
}

// The emulator passes registry hosts on to real registries, of which that of cri-beta does not run.
func TestCheckCredentialsShowsEachLoginToItsRegistryHosts(t *testing.T) {
	s := newScene(t)
	s.configure("acr-registry-info", `- instanceId: cri-acme0000000000
- instanceId: cri-beta0000000000
- instanceId: cri-gamma000000000
  regionId: cn-shanghai
  domains: registry.cn-hangzhou.aliyuncs.com # Personal Edition
- instanceId: cri-partner0000000
  assumeRoleARN: `+sharedPull+`
  domains: gamma-registry.cn-shanghai.cr.aliyuncs.com,*.partner.example.com
`)
	_, err := s.w.Cloud.AddFault(s.ctx, cloud.Fault{
		Match: cloud.FaultMatch{API: "Registry", Host: acmeVPCHost}, Do: cloud.FaultAction{Hang: true},
	})
	s.must(err)
	began := time.Now()

	text, log, code := s.checkCredentials(nil, "--kubeconfig="+s.w.ControllerKubeconfig(), "--output=json")

	if took := time.Since(began); code != 1 || took > 30*time.Second {
		t.Fatalf("it ended with exit code %d after %s:\n%s%s", code, took, text, log)
	}
	found := readCheck(s, text)
	acme := found["cri-acme0000000000@cn-hangzhou"]
	want := []string{world.PublicHost + " taken", acmeVPCHost + " unreachable", "images.acme.example.com taken"}
	slices.Sort(want)
	if acme.Result != "ok" || !slices.Equal(acme.answers(), want) {
		t.Fatalf("an instance of which one host is out of reach: %+v", acme)
	}
	beta := found["cri-beta0000000000@cn-hangzhou"]
	if beta.Result != "failed" || !slices.Equal(beta.answers(), []string{"beta-registry-vpc.cn-hangzhou.cr.aliyuncs.com unreachable"}) {
		t.Fatalf("an instance of which all hosts are out of reach: %+v", beta)
	}
	gamma := found["cri-gamma000000000@cn-shanghai"]
	if gamma.Result != "failed" || gamma.Failure.Kind != "unauthenticated" || !slices.Equal(gamma.answers(), []string{"registry.cn-hangzhou.aliyuncs.com refused"}) {
		t.Fatalf("a host that refuses the login: %+v", gamma)
	}
	s.must(holdsAll("the refusal", gamma.Failure.Message+gamma.Failure.Advice, "UNAUTHORIZED", "registry.aliyuncs.com:cn-hangzhou:26842", "domains"))
	partner := found["cri-partner0000000@cn-hangzhou"]
	if partner.Result != "failed" || !slices.Equal(partner.answers(), []string{"gamma-registry.cn-shanghai.cr.aliyuncs.com foreign"}) {
		t.Fatalf("a host of another instance: %+v", partner)
	}
	s.must(holdsAll("the foreign host", partner.Failure.Message, "belongs to instance cri-gamma000000000 in cn-shanghai"))
	for _, call := range s.calls() {
		if call.API == "RegistryToken" && call.Instance == "cri-gamma000000000" {
			t.Fatalf("the login of another instance was shown: %+v", call)
		}
	}
}

func TestWithoutTheRightToListEndpointsTheNameRuleServesAndTheRightIsNamed(t *testing.T) {
	s := newScene(t)
	s.configure("acr-registry-info", "- instanceId: cri-acme0000000000\n- instanceId: cri-beta0000000000\n"+limitedItem)
	ruleHosts := []string{"*-registry.cn-hangzhou.cr.aliyuncs.com", "*-registry-vpc.cn-hangzhou.cr.aliyuncs.com"}

	text, log, code := s.checkCredentials(nil, "--kubeconfig="+s.w.ControllerKubeconfig(), "--output=json")

	limited := readCheck(s, text)["cri-beta0000000000@cn-hangzhou"]
	if code != 0 || limited.Result != "ok" || !slices.Equal(limited.Domains, ruleHosts) {
		t.Fatalf("exit code %d, the limited instance: %+v\n%s", code, limited, log)
	}
	words := []string{"NoPermission", "cr:ListInstanceEndpoint", "domains", s.requestID("cri-beta0000000000")}
	s.must(holdsAll("the warning", limited.Warning, words...))

	s.startController()

	s.awaitHosts(s.namespace(), startLimit, append(ruleHosts, acmeHosts...)...)
	s.awaitTold("CredentialRefreshed", "warning", ruleHosts[0], "NoPermission", "cr:ListInstanceEndpoint", "domains")
}

func TestCheckCredentialsOfAFileNeedsNoCluster(t *testing.T) {
	s := newScene(t)
	file := filepath.Join(t.TempDir(), "acr-configuration.yaml")
	s.must(os.WriteFile(file, []byte(`apiVersion: v1
kind: ConfigMap
metadata: {name: acr-configuration, namespace: kube-system}
data:
  acr-registry-info: |
    - instanceId: cri-acme0000000000
    - {instanceId: cri-partner0000000, customAccessKeySecretRef: {name: other-account}}
`), 0o600))

	text, log, code := s.checkCredentials(nil, "--check-config="+file)

	if code != 1 {
		t.Fatalf("exit code %d:\n%s%s", code, text, log)
	}
	s.must(holdsAll("the table", text, "ok      cri-acme0000000000@cn-hangzhou", "worker role KubernetesWorkerRole-test", acmeHosts[0],
		"host "+acmeHosts[0]+": the registry takes this login", "the right to pull one is not shown",
		"failed  cri-partner0000000@cn-hangzhou", "there is no cluster to read it from", "do:   give --kubeconfig FILE",
		file+": 1 of 2 instances have a good login, 1 failed"))
	if log != "" {
		t.Fatalf("there is something on standard error: %s", log)
	}
}

func TestCheckCredentialsOfAFileThatTheAPIServerRefusesTellsWhatIsWrongAndInventsNoInstance(t *testing.T) {
	s := newScene(t)
	file := filepath.Join(t.TempDir(), "acr-configuration.yaml")
	head := "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: acr-configuration, namespace: kube-system}\ndata:\n"
	for _, broken := range []struct{ data, place string }{
		{"  acr-registry-info:\n  - instanceId: cri-acme0000000000\n  rrsa:\n    enable: true\n", ":5:3: error: acr-registry-info holds a list"},
		{"  notify-email:\"ops@example.com\"\n  acr-registry-info: |\n    - instanceId: cri-acme0000000000\n", ":5:3: error: there is no space after the colon"},
		{"  acr-registry-info: [\n", "error: this is not valid YAML"},
	} {
		s.must(os.WriteFile(file, []byte(head+broken.data), 0o600))

		text, log, code := s.checkCredentials(nil, "--check-config="+file)
		report, _, jsonCode := s.checkCredentials(nil, "--check-config="+file, "--output=json")

		if code != 1 || jsonCode != 1 || log != "" {
			t.Errorf("exit codes %d and %d:\n%s%s", code, jsonCode, text, log)
		}
		s.must(holdsAll("the report", text, broken.place, file+": 0 of 0 instances have a good login, 0 failed; the configuration has "))
		s.must(holdsAll("the JSON", report, `"configuration_errors":["`, `"instances":[]`, `"result":"bad"`))
	}
	if calls := s.calls(); len(calls) > 0 {
		t.Errorf("for configurations without an instance the cloud was called: %+v", calls)
	}
}

func TestCheckCredentialsOfAFileTriesItsGoodItemsAndTellsTheOthersWithTheirLines(t *testing.T) {
	s := newScene(t)
	file := filepath.Join(t.TempDir(), "acr-configuration.yaml")
	s.must(os.WriteFile(file, []byte("expiring-threshold: 15\nacr-registry-info: |\n  - instanceId: cri-acme0000000000\n  - instanceId: <placeholder>\n"), 0o600))

	text, _, code := s.checkCredentials(nil, "--check-config="+file)

	if code != 1 || strings.Contains(text, "personal") {
		t.Errorf("exit code %d:\n%s", code, text)
	}
	s.must(holdsAll("the report", text, file+":1:1: error: expiring-threshold holds a number", file+":4:17: error: a placeholder",
		"ok      cri-acme0000000000@cn-hangzhou", "1 of 1 instances have a good login, 0 failed; the configuration has 2 errors"))
}

func TestCheckCredentialsEndsWithZeroIfAllIsWellAndWithTwoForNoConfiguration(t *testing.T) {
	s := newScene(t)
	s.configure()
	if text, log, code := s.checkCredentials(nil, "--kubeconfig="+s.w.ControllerKubeconfig()); code != 0 {
		t.Fatalf("exit code %d:\n%s%s", code, text, log)
	}
	if _, log, code := s.checkCredentials(nil, "--check-config=/dev/null"); code != 2 || log == "" {
		t.Fatalf("exit code %d for a file without a configuration: %s", code, log)
	}
	if _, log, code := s.checkCredentials(nil); code != 2 || !strings.Contains(log, "--kubeconfig") {
		t.Fatalf("exit code %d without a cluster: %s", code, log)
	}
}

// callsAbout counts the calls of the product that named an instance.
func (s *scene) callsAbout(instance string) (count int) {
	s.Helper()
	for _, call := range s.calls() {
		if call.Instance == instance {
			count++
		}
	}
	return count
}
