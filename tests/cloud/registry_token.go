// SPDX-License-Identifier: Apache-2.0

package cloud

import (
	"crypto/subtle"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// tokenLife is how long a registry token lives at most.
const tokenLife = 10 * time.Minute

// tokenRequest is a call of the token service: GET with Basic authentication, or a POSTed form.
type tokenRequest struct {
	service        string
	scopes         []string
	user, password string
	isAnonymous    bool
}

func readTokenRequest(r *http.Request) (tokenRequest, bool) {
	var values url.Values
	switch r.Method {
	case http.MethodGet:
		values = r.URL.Query()
	case http.MethodPost:
		if r.ParseForm() != nil {
			return tokenRequest{}, false
		}
		values = r.Form
	default:
		return tokenRequest{}, false
	}
	request := tokenRequest{service: values.Get("service")}
	for _, scope := range values["scope"] {
		request.scopes = append(request.scopes, strings.Fields(scope)...)
	}
	user, password, hasBasic := r.BasicAuth()
	if r.Method == http.MethodPost && values.Get("grant_type") == "password" {
		user, password, hasBasic = values.Get("username"), values.Get("password"), true
	}
	request.user, request.password, request.isAnonymous = user, password, !hasBasic
	return request, r.URL.Path == "/auth"
}

// serveRegistryToken answers the realm of the registries. An anonymous caller gets a token without access, as the real
// service gives for private repositories.
func (e *Emulator) serveRegistryToken(w http.ResponseWriter, r *http.Request, host, region string) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	request, isValid := readTokenRequest(r)
	requestID := newRequestID()
	call := Call{Time: time.Now(), Host: host, Region: region, API: "RegistryToken", RequestID: requestID, Detail: strings.Join(request.scopes, " ")}
	registry, known := e.findRegistry(request.service)
	call.Instance = registry.Instance

	action := e.takeFault(call)
	action.delay(r)
	if code, status := action.raw(); code != "" {
		call.Code, call.Status = code, status
		e.record(call)
		action.performRaw(w, r, requestID)
		return
	}
	body := map[string]any{}
	switch {
	case action.replaces():
		call.Status, call.Code = action.status(http.StatusServiceUnavailable), action.code("UNAVAILABLE")
	case !isValid || !known:
		call.Status, call.Code = http.StatusBadRequest, "UNSUPPORTED"
	default:
		text, life, identity, ok := e.issueToken(request, registry)
		call.Status, call.Code, call.Identity = http.StatusOK, "success", identity
		if !ok {
			call.Status, call.Code = http.StatusUnauthorized, "UNAUTHORIZED"
		}
		body = map[string]any{
			"token": text, "access_token": text, "expires_in": int(life.Seconds()), "issued_at": time.Now().UTC().Format(time.RFC3339),
		}
	}
	if call.Status != http.StatusOK {
		body = registryError(call.Code)
	}
	e.record(call)
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(call.Status)
	_ = json.NewEncoder(w).Encode(body)
}

// registryError is the error body of a registry.
func registryError(code string) map[string]any {
	messages := map[string]string{"UNAUTHORIZED": "authentication required", "UNSUPPORTED": "The operation is unsupported."}
	return map[string]any{
		"errors": []any{map[string]any{"code": code, "message": first(messages[code], "service unavailable"), "detail": nil}},
	}
}

// findRegistry looks a service up by its exact name.
func (e *Emulator) findRegistry(service string) (RegistryService, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	services := registryServices(e.world)
	at := slices.IndexFunc(services, func(s RegistryService) bool { return s.Service == service })
	if at < 0 {
		return RegistryService{}, false
	}
	return services[at], true
}

// issueToken authenticates and grants what is allowed at this moment; ok is false if user and password are not valid for
// this registry now.
func (e *Emulator) issueToken(request tokenRequest, registry RegistryService) (text string, life time.Duration, identity string, ok bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	now, granted := time.Now(), []access{}
	life = tokenLife
	if !request.isAnonymous {
		login, isAdmin := e.findLogin(request)
		if !isAdmin {
			if login == nil || login.service != registry.Service || !now.Before(login.expires) {
				return "", 0, "", false
			}
			identity = login.who.arn
			life = min(life, login.expires.Sub(now))
		}
		for _, scope := range request.scopes {
			if entry, isGranted := e.grant(scope, registry, login, isAdmin); isGranted {
				granted = append(granted, entry)
			}
		}
	}
	text, err := e.signer.sign(registry.Service, "", granted, now, now.Add(life))
	if err != nil {
		panic(err)
	}
	e.secrets[text] = true
	return text, life, identity, true
}

// findLogin finds an issued login, or recognises the registry administrator. The caller holds the lock.
func (e *Emulator) findLogin(request tokenRequest) (login *registryLogin, isAdmin bool) {
	admin := e.world.RegistryAdmin
	if admin.Password != "" && request.user == admin.User && subtle.ConstantTimeCompare([]byte(request.password), []byte(admin.Password)) == 1 {
		return nil, true
	}
	login = e.logins[request.password]
	if login == nil || login.user != request.user {
		return nil, false
	}
	return login, false
}

// grant decides one scope, e.g. "repository:acme/app:pull,push". The identity behind a temporary login must have the permission
// now; in Personal Edition the namespace must belong to its account. The caller holds the lock.
func (e *Emulator) grant(scope string, registry RegistryService, login *registryLogin, isAdmin bool) (access, bool) {
	kind, rest, _ := strings.Cut(scope, ":")
	at := strings.LastIndexByte(rest, ':')
	if at < 0 {
		return access{}, false
	}
	name, wanted := rest[:at], strings.Split(rest[at+1:], ",")
	if isAdmin {
		return access{Type: kind, Name: name, Actions: wanted}, true
	}
	if kind != "repository" || (registry.Instance == "" && !e.ownsNamespace(login.who.account, registry.Region, name)) {
		return access{}, false
	}
	var actions []string
	for action, permission := range map[string]string{"pull": "cr:PullRepository", "push": "cr:PushRepository"} {
		if slices.Contains(wanted, action) && e.allows(login.who, permission) {
			actions = append(actions, action)
		}
	}
	return access{Type: kind, Name: name, Actions: actions}, len(actions) > 0
}

// ownsNamespace says whether a Personal Edition repository belongs to an account. The caller holds the lock.
func (e *Emulator) ownsNamespace(account, region, repository string) bool {
	namespace, _, _ := strings.Cut(repository, "/")
	return slices.ContainsFunc(e.world.PersonalEdition, func(p PersonalEdition) bool {
		return p.Account == account && p.Region == region && slices.Contains(p.Namespaces, namespace)
	})
}
