// SPDX-License-Identifier: Apache-2.0

package cloud

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Call is one recorded request. API is the action of an OpenAPI call, "RegistryToken" for the registry's token service, "Registry"
// for a request to a registry host, and
// ImdsToken, ImdsRoleName, ImdsCredentials or ImdsGet for the metadata service. Code is "success", the error's Code, or
// "fault:..." where an injected fault gave no Code. Nothing in it is secret.
type Call struct {
	Time        time.Time `json:"time"`
	Host        string    `json:"host"`
	Region      string    `json:"region,omitempty"`
	API         string    `json:"api"`
	Version     string    `json:"version,omitempty"`
	AccessKeyID string    `json:"accessKeyId,omitempty"`
	Identity    string    `json:"identity,omitempty"`
	Instance    string    `json:"instance,omitempty"`
	Detail      string    `json:"detail,omitempty"`
	Status      int       `json:"status"`
	Code        string    `json:"code"`
	RequestID   string    `json:"requestId"`
}

// exchange is one OpenAPI request on its way through the emulator.
type exchange struct {
	request   *http.Request
	host      string
	kind      hostKind
	region    string
	requestID string
	body      []byte
	query     url.Values
	form      url.Values
	skew      time.Duration
	call      Call
}

const maxBody = 1 << 20

// newExchange reads a request; an error means that it cannot be understood at all.
func newExchange(r *http.Request, host string, kind hostKind, region string) (*exchange, error) {
	x := &exchange{request: r, host: host, kind: kind, region: region, requestID: newRequestID(), form: url.Values{}}
	x.call = Call{Time: time.Now(), Host: host, Region: region, RequestID: x.requestID}
	var err error
	if x.body, err = io.ReadAll(io.LimitReader(r.Body, maxBody+1)); err != nil {
		return nil, err
	}
	if len(x.body) > maxBody {
		return nil, fmt.Errorf("body over %d bytes", maxBody)
	}
	if x.query, err = url.ParseQuery(r.URL.RawQuery); err != nil {
		return nil, err
	}
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		if x.form, err = url.ParseQuery(string(x.body)); err != nil {
			return nil, err
		}
	}
	x.call.API = first(r.Header.Get("x-acs-action"), x.query.Get("Action"), x.form.Get("Action"))
	x.call.Version = first(r.Header.Get("x-acs-version"), x.query.Get("Version"), x.form.Get("Version"))
	x.call.Instance = x.parameter("InstanceId")
	x.call.AccessKeyID = first(parseAuthorization(r.Header.Get("Authorization")).credential, x.parameter("AccessKeyId"))
	return x, nil
}

// parameter reads an API parameter from the query or the form.
func (x *exchange) parameter(name string) string { return first(x.query.Get(name), x.form.Get(name)) }

// now is the cloud's time for this call.
func (x *exchange) now() time.Time { return time.Now().Add(x.skew) }

// shown is how the cloud's clock would tell a time.
func (x *exchange) shown(at time.Time) time.Time { return at.Add(x.skew).UTC() }

// wantsXML follows the RPC gateway: XML unless JSON was asked for, by header or by parameter.
func (x *exchange) wantsXML() bool {
	return x.request.URL.Path == "/" && !strings.Contains(x.request.Header.Get("Accept"), "application/json") &&
		!strings.EqualFold(x.parameter("Format"), "json")
}

func first(values ...string) string {
	for _, value := range values {
		if value != "" {
			return value
		}
	}
	return ""
}

// record keeps a call. It comes before the answer is written, so that a client that has its answer finds its call recorded.
func (e *Emulator) record(call Call) {
	e.mu.Lock()
	e.calls = append(e.calls, call)
	e.mu.Unlock()
	e.log.Printf("%s %s %s instance=%s identity=%s status=%d code=%s request=%s", call.Host, call.API, call.Version,
		call.Instance, call.Identity, call.Status, call.Code, call.RequestID)
}
