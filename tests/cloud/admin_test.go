// SPDX-License-Identifier: Apache-2.0

package cloud_test

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"acr-credential-helper/tests/cloud"
)

func TestEverySecretIsListed(t *testing.T) {
	s := newScene(t)
	session, token := s.assume("acr-pull", 900)
	body, err := s.token(session, token, acme)
	s.must(err)
	password, _ := body["AuthorizationToken"].(string)
	wanted := []string{
		puller.Secret, session.Secret, token, password, s.metadataToken(),
		base64.StdEncoding.EncodeToString([]byte("cr_temp_user:" + password)),
	}
	secrets, err := s.admin.Secrets(s.ctx)
	s.must(err)
	for at, secret := range wanted {
		if !slices.Contains(secrets, secret) {
			t.Errorf("secret number %d is not listed", at)
		}
	}
}

func TestCallsAreRecordedWithoutSecrets(t *testing.T) {
	s := newScene(t)
	_, err := s.token(puller, "", acme)
	s.must(err)
	got := s.lastCall("GetAuthorizationToken")
	if got.Host != hangzhouCR || got.AccessKeyID != puller.ID || got.Instance != acme || got.Code != "success" || got.Status != 200 ||
		got.Identity != "acs:ram::"+account+":user/puller" || got.RequestID == "" || time.Since(got.Time) > time.Minute {
		t.Fatalf("recorded as %+v", got)
	}
	response, err := http.Get(s.addresses.Admin + "/calls")
	s.must(err)
	text := new(strings.Builder)
	s.must(response.Write(text))
	_ = response.Body.Close()
	secrets, err := s.admin.Secrets(s.ctx)
	s.must(err)
	for _, secret := range secrets {
		if strings.Contains(text.String(), secret) {
			t.Fatal("the record holds a secret")
		}
	}
	s.must(s.admin.ClearCalls(s.ctx))
	calls, err := s.admin.Calls(s.ctx)
	s.must(err)
	if len(calls) != 0 {
		t.Fatalf("%d calls are left", len(calls))
	}
}

func TestTheAdminInterfaceRefusesNonsense(t *testing.T) {
	s := newScene(t)
	for _, one := range []struct{ method, path, body string }{
		{http.MethodPost, "/faults", `{"match":{},"do":{}}`},
		{http.MethodPost, "/faults", `{"match":{},"do":{"hang":true},"typo":1}`},
		{http.MethodPut, "/lifetimes", `{"registryToken":"soon"}`},
		{http.MethodPut, "/permissions", `{"identity":"nobody","actions":[]}`},
		{http.MethodPut, "/imds", `{"httpTokens":"maybe"}`},
		{http.MethodPut, "/registry", `{"address":"nowhere"}`},
	} {
		request, err := http.NewRequestWithContext(s.ctx, one.method, s.addresses.Admin+one.path, strings.NewReader(one.body))
		s.must(err)
		response, err := http.DefaultClient.Do(request)
		s.must(err)
		_ = response.Body.Close()
		if response.StatusCode != http.StatusBadRequest {
			t.Errorf("%s %s: %s", one.path, one.body, response.Status)
		}
	}
}

func TestAChangedKeyAndInstanceCountAtOnce(t *testing.T) {
	s := newScene(t)
	inactive, renewed := true, "testSecretRenewed"
	s.must(s.admin.SetAccessKey(s.ctx, cloud.AccessKeyChange{ID: puller.ID, Secret: &renewed}))
	_, err := s.token(puller, "", acme)
	s.mustFail(err, "SignatureDoesNotMatch")
	_, err = s.token(cloud.AccessKey{ID: puller.ID, Secret: renewed}, "", acme)
	s.must(err)
	s.must(s.admin.SetAccessKey(s.ctx, cloud.AccessKeyChange{ID: limited.ID, Inactive: &inactive}))
	_, err = s.token(limited, "", acme)
	s.mustFail(err, "InvalidAccessKeyId.Inactive")
	s.must(s.admin.SetInstance(s.ctx, cloud.Instance{ID: "cri-new0000000000", Account: account, Region: "cn-hangzhou"}))
	body, err := s.token(cloud.AccessKey{ID: puller.ID, Secret: renewed}, "", "cri-new0000000000")
	s.must(err)
	if body["IsSuccess"] != true {
		t.Fatal(body)
	}
}

func TestTheProgramTellsItsAddressesAndEndsWithItsInput(t *testing.T) {
	program := filepath.Join(t.TempDir(), "cloud-emulator")
	if out, err := exec.Command("go", "build", "-o", program, "./cmd/cloud-emulator").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, how := range []string{"stdin", "SIGTERM"} {
		dir := t.TempDir()
		command := exec.CommandContext(t.Context(), program, "--dir", dir, "--exit-with-stdin")
		stdin, err := command.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		s := &scene{T: t, ctx: t.Context()}
		s.eventually(10*time.Second, "addresses.json appears", func() bool {
			s.addresses, err = cloud.ReadAddresses(dir)
			return err == nil
		})
		if _, err := cloud.NewAdmin(s.addresses.Admin).Calls(s.ctx); err != nil {
			t.Fatalf("not ready although addresses.json is there: %v", err)
		}
		if how == "stdin" {
			_ = stdin.Close()
		} else {
			_ = command.Process.Signal(syscall.SIGTERM)
		}
		if err := waitFor(command); err != nil {
			t.Fatalf("ended by %s: %v", how, err)
		}
	}
	if err := exec.Command(program).Run(); !isUsageError(err) {
		t.Fatalf("without --dir: %v, want exit code 2", err)
	}
}

// waitFor waits for the end of a program and kills it after ten seconds.
func waitFor(command *exec.Cmd) error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = command.Process.Kill() })
	defer stop()
	return command.Wait()
}

func isUsageError(err error) bool {
	var exit *exec.ExitError
	return errors.As(err, &exit) && exit.ExitCode() == 2
}
