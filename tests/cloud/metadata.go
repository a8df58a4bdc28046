// SPDX-License-Identifier: Apache-2.0

package cloud

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	metadataRolePath = "/latest/meta-data/ram/security-credentials/"
	metadataTTL      = "X-aliyun-ecs-metadata-token-ttl-seconds"
	metadataToken    = "X-aliyun-ecs-metadata-token"
	imdsSessionLife  = 6 * time.Hour
)

// metadataHandler serves the ECS metadata service, versions 1 and 2.
func (e *Emulator) metadataHandler() http.Handler { return http.HandlerFunc(e.serveMetadata) }

func metadataAPI(r *http.Request) string {
	switch {
	case r.Method == http.MethodPut:
		return "ImdsToken"
	case r.URL.Path == metadataRolePath || r.URL.Path == strings.TrimSuffix(metadataRolePath, "/"):
		return "ImdsRoleName"
	case strings.HasPrefix(r.URL.Path, metadataRolePath):
		return "ImdsCredentials"
	}
	return "ImdsGet"
}

func (e *Emulator) serveMetadata(w http.ResponseWriter, r *http.Request) {
	call := Call{Time: time.Now(), Host: r.Host, API: metadataAPI(r), Detail: r.Method + " " + r.URL.Path, RequestID: newRequestID()}
	action := e.takeFault(call)
	action.delay(r)
	if code, status := action.raw(); code != "" {
		call.Code, call.Status = code, status
		e.record(call)
		action.performRaw(w, r, call.RequestID)
		return
	}
	status, contentType, body := action.Status, "text/plain", ""
	if !action.replaces() {
		status, contentType, body, call.Identity = e.answerMetadata(r, time.Duration(action.ClockSkewSeconds)*time.Second)
	}
	call.Status, call.Code = status, "success"
	if status != http.StatusOK {
		call.Code = "http:" + strconv.Itoa(status)
		contentType, body = "text/html", markupPage(status)
	}
	e.record(call)
	send(w, status, contentType, body)
}

// markupPage is the service's own kind of error page: mark-up, not text.
func markupPage(status int) string {
	title := fmt.Sprintf("%d - %s", status, http.StatusText(status))
	return `<?xml version="1.0" encoding="iso-8859-1"?>
<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml"><head><title>` + title + `</title></head><body><h1>` + title + `</h1></body></html>
`
}

// answerMetadata returns status, content type and body, and the identity whose credential the body holds, if any.
func (e *Emulator) answerMetadata(r *http.Request, skew time.Duration) (status int, contentType, body, identity string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	metadata := e.world.Metadata
	if metadata.Disabled {
		return http.StatusNotFound, "", "", ""
	}
	if r.Method == http.MethodPut {
		status, body = e.issueMetadataToken(r, metadata)
		return status, "text/plain", body, ""
	}
	if r.Method != http.MethodGet {
		return http.StatusMethodNotAllowed, "", "", ""
	}
	token := r.Header.Get(metadataToken)
	if expires := e.imdsTokens[token]; (token != "" && !time.Now().Before(expires)) || (token == "" && metadata.HTTPTokens == "required") {
		return http.StatusForbidden, "", "", ""
	}
	if role, isCredential := strings.CutPrefix(r.URL.Path, metadataRolePath); isCredential && role != "" {
		return e.answerCredential(role, metadata, skew)
	}
	switch r.URL.Path {
	case metadataRolePath, strings.TrimSuffix(metadataRolePath, "/"):
		body = metadata.Role
	case "/latest/meta-data/region-id":
		body = metadata.Region
	case "/latest/meta-data/zone-id":
		body = metadata.Zone
	case "/latest/meta-data/instance-id":
		body = metadata.InstanceID
	case "/latest/meta-data/owner-account-id":
		body = metadata.Account
	case "/latest/dynamic/instance-identity/document":
		document, err := json.Marshal(map[string]string{
			"region-id": metadata.Region, "zone-id": metadata.Zone, "instance-id": metadata.InstanceID, "owner-account-id": metadata.Account,
		})
		if err != nil {
			panic(err)
		}
		body = string(document)
	}
	if body == "" {
		return http.StatusNotFound, "", "", ""
	}
	return http.StatusOK, "text/plain", body, ""
}

// issueMetadataToken answers PUT /latest/api/token. The caller holds the lock.
func (e *Emulator) issueMetadataToken(r *http.Request, metadata Metadata) (status int, body string) {
	if r.URL.Path != "/latest/api/token" || metadata.HTTPTokens == "none" {
		return http.StatusNotFound, ""
	}
	seconds, err := strconv.Atoi(r.Header.Get(metadataTTL))
	if err != nil || seconds < 1 || seconds > 21600 {
		return http.StatusBadRequest, ""
	}
	token := randomText(32) + "=="
	e.imdsTokens[token] = time.Now().Add(time.Duration(seconds) * time.Second)
	e.secrets[token] = true
	return http.StatusOK, token
}

// answerCredential hands out the role's credential: one for all callers until a sixth of its life is left, as ECS does.
// The caller holds the lock.
func (e *Emulator) answerCredential(role string, metadata Metadata, skew time.Duration) (status int, contentType, body, identity string) {
	known, exists := e.findRole(metadata.Account, role)
	if role != metadata.Role || !exists || !matchesAny(known.Trust.Services, "ecs.aliyuncs.com") {
		return http.StatusNotFound, "", "", ""
	}
	life := e.lifetimes.IMDSSession.cap(imdsSessionLife)
	if e.imdsSession == nil || time.Until(e.imdsSession.expires) < life/6 {
		e.imdsSession = e.newSession(roleIdentity(metadata.Account, role, first(metadata.InstanceID, "vm-test"), nil), life)
	}
	current := e.imdsSession
	text, err := json.Marshal(map[string]string{
		"AccessKeyId": current.accessKeyID, "AccessKeySecret": current.accessKeySecret, "SecurityToken": current.securityToken,
		"Expiration":  current.expires.Add(skew).UTC().Format(timeLayout),
		"LastUpdated": current.expires.Add(-life).Add(skew).UTC().Format(timeLayout), "Code": "Success",
	})
	if err != nil {
		panic(err)
	}
	return http.StatusOK, "application/json", string(text), current.who.arn
}
