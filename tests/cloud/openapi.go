// SPDX-License-Identifier: Apache-2.0

package cloud

import (
	"context"
	"net/http"
	"time"
)

// operation is one API: its parts are filled by the files of the products. An anonymous operation is called without signature.
type operation struct {
	anonymous bool
	run       func(e *Emulator, x *exchange, who identity, from *session) (map[string]any, *failure)
}

var operations = map[hostKind]map[string]operation{
	hostSTS: {
		"2015-04-01/AssumeRole":         {run: (*Emulator).assumeRole},
		"2015-04-01/AssumeRoleWithOIDC": {run: (*Emulator).assumeRoleWithOIDC, anonymous: true},
		"2015-04-01/GetCallerIdentity":  {run: (*Emulator).getCallerIdentity},
	},
	hostCR: {
		"2018-12-01/GetAuthorizationToken": {run: (*Emulator).getAuthorizationToken},
		"2018-12-01/ListInstanceEndpoint":  {run: (*Emulator).listInstanceEndpoint},
		"2016-06-07/GetAuthorizationToken": {run: (*Emulator).getPersonalToken},
	},
}

// serverNameKey carries the TLS server name of a connection.
type serverNameKey struct{}

// ServeHTTP answers everything that arrives at the TLS listener. The Host header decides; it must agree with the TLS server
// name, and it must be a cloud host or
// that of a registry.
func (e *Emulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	host := withoutPort(r.Host)
	kind, region := classifyHost(host)
	registry, isRegistry := e.findRegistryHost(host)
	if r.TLS == nil || (kind == hostUnknown && !isRegistry) || (r.TLS.ServerName != "" && r.TLS.ServerName != host) {
		http.Error(w, "host header and TLS server name must be one and the same host of the cloud", http.StatusMisdirectedRequest)
		return
	}
	if isRegistry {
		e.serveRegistry(w, r, host, registry)
		return
	}
	if kind == hostAuth {
		e.serveRegistryToken(w, r, host, region)
		return
	}
	x, err := newExchange(r, host, kind, region)
	if err != nil {
		http.Error(w, "cannot read the request: "+err.Error(), http.StatusBadRequest)
		return
	}
	e.serveOpenAPI(w, x)
}

func (e *Emulator) serveOpenAPI(w http.ResponseWriter, x *exchange) {
	action := e.takeFault(x.call)
	action.delay(x.request)
	x.skew = time.Duration(action.ClockSkewSeconds) * time.Second
	w.Header().Set("Date", x.now().UTC().Format(http.TimeFormat))
	if code, status := action.raw(); code != "" {
		x.call.Code, x.call.Status = code, status
		e.record(x.call)
		action.performRaw(w, x.request, x.requestID)
		return
	}
	var result answer
	root := x.call.API + "Response"
	switch {
	case action.IsSuccessFalse != "":
		result = success(map[string]any{"IsSuccess": false, "Code": action.IsSuccessFalse, "RequestId": x.requestID})
		result.code = action.IsSuccessFalse
	case action.replaces():
		injected := &failure{status: action.Status, code: action.Code, message: action.Message, lowerCase: action.LowerCase}
		result, root = injected.answer(x.request.Host, x.kind.product(), x.requestID), "Error"
		if action.RetryAfterMs > 0 {
			result.header = http.Header{"X-Acs-Retry-After": {itoa(action.RetryAfterMs)}}
		}
	default:
		body, failed := e.perform(x)
		if failed != nil {
			result, root = failed.answer(x.request.Host, x.kind.product(), x.requestID), "Error"
			break
		}
		result = success(body)
		if body["IsSuccess"] == false {
			result.code, _ = body["Code"].(string)
		}
	}
	x.call.Status, x.call.Code = result.status, result.code
	e.record(x.call)
	result.write(w, x.requestID, x.wantsXML(), root)
}

// perform finds the API, authenticates and runs it.
func (e *Emulator) perform(x *exchange) (map[string]any, *failure) {
	known, exists := operations[x.kind][x.call.Version+"/"+x.call.API]
	if !exists || !x.isProperlyAddressed() {
		return nil, fail(http.StatusNotFound, "InvalidApi.NotFound", "Specified api is not found, please check your url and method.")
	}
	var who identity
	var from *session
	if !known.anonymous {
		var failed *failure
		if who, from, failed = e.verifySignature(x); failed != nil {
			return nil, failed
		}
		x.call.Identity = who.arn
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	body, failed := known.run(e, x, who, from)
	if failed == nil && x.call.Version != "2016-06-07" {
		body["RequestId"] = x.requestID
	}
	return body, failed
}

// isProperlyAddressed checks method and path: RPC APIs are POST or GET of "/", Personal Edition is GET /tokens.
func (x *exchange) isProperlyAddressed() bool {
	method, path := x.request.Method, x.request.URL.Path
	if x.call.Version == "2016-06-07" {
		return method == http.MethodGet && path == "/tokens"
	}
	return path == "/" && (method == http.MethodGet || method == http.MethodPost)
}

// withServerContext ends hanging answers when the server stops.
func withServerContext(ctx context.Context, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		joined, cancel := context.WithCancel(r.Context())
		defer cancel()
		stop := context.AfterFunc(ctx, cancel)
		defer stop()
		next.ServeHTTP(w, r.WithContext(joined))
	})
}
