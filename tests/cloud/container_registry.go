// SPDX-License-Identifier: Apache-2.0

package cloud

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

func itoa(number int) string { return strconv.Itoa(number) }

// callInstance finds the instance of an Enterprise Edition call and checks the caller's permission. An instance of another
// region or account does not exist for the caller; that is told inside an HTTP 200. The caller holds the lock.
func (e *Emulator) callInstance(x *exchange, who identity, action string) (Instance, map[string]any, *failure) {
	id := x.parameter("InstanceId")
	if id == "" {
		return Instance{}, nil, missing("InstanceId")
	}
	if !e.allows(who, action) {
		refused := fail(http.StatusForbidden, "NoPermission", "You are not authorized to perform this operation.")
		refused.denied = denied(who, action, "ResourceGroupLevelIdentityBasedPolicy")
		return Instance{}, nil, refused
	}
	instance, exists := e.findInstance(id)
	if !exists || instance.Region != x.region || instance.Account != who.account {
		return Instance{}, map[string]any{"IsSuccess": false, "Code": "INSTANCE_NOT_EXIST"}, nil
	}
	return instance, nil, nil
}

// getAuthorizationToken (2018-12-01) issues a temporary login for one Enterprise instance.
func (e *Emulator) getAuthorizationToken(x *exchange, who identity, from *session) (map[string]any, *failure) {
	instance, refused, failed := e.callInstance(x, who, "cr:GetAuthorizationToken")
	if refused != nil || failed != nil {
		return refused, failed
	}
	hours := 0
	if text := x.parameter("ExpiresInHours"); text != "" {
		var err error
		if hours, err = strconv.Atoi(text); err != nil || hours < 1 || hours > 24 {
			return nil, fail(http.StatusBadRequest, "InvalidParameter.ExpiresInHours", "The parameter ExpiresInHours must be 1 to 24.")
		}
	}
	login := e.newRegistryLogin(who, from, instanceService(instance), instance.ID, hours)
	return map[string]any{
		"IsSuccess": true, "Code": "success", "TempUsername": login.user, "AuthorizationToken": login.password,
		"ExpireTime": x.shown(login.expires).UnixMilli(),
	}, nil
}

// listInstanceEndpoint (2018-12-01) lists all endpoints, disabled ones too.
func (e *Emulator) listInstanceEndpoint(x *exchange, who identity, _ *session) (map[string]any, *failure) {
	instance, refused, failed := e.callInstance(x, who, "cr:ListInstanceEndpoint")
	if refused != nil || failed != nil {
		return refused, failed
	}
	endpoints := []map[string]any{}
	if module := x.parameter("ModuleName"); module == "" || module == "Registry" {
		isSummary := strings.EqualFold(x.parameter("Summary"), "true")
		for _, endpoint := range instance.Endpoints {
			endpoints = append(endpoints, renderEndpoint(endpoint, isSummary))
		}
	}
	return map[string]any{"IsSuccess": true, "Code": "success", "Endpoints": endpoints}, nil
}

func renderEndpoint(endpoint Endpoint, isSummary bool) map[string]any {
	domains, vpcs, entries := []map[string]any{}, []map[string]any{}, []map[string]any{}
	for _, domain := range endpoint.Domains {
		domains = append(domains, map[string]any{"Domain": domain.Domain, "Type": domain.Type})
	}
	for _, vpc := range endpoint.VPCs {
		vpcs = append(vpcs, map[string]any{"VpcId": vpc})
	}
	for _, entry := range endpoint.ACL {
		entries = append(entries, map[string]any{"Entry": entry})
	}
	body := map[string]any{"EndpointType": endpoint.Type, "Enable": !endpoint.Disabled, "Domains": domains}
	if !isSummary {
		body["Status"], body["AclEnable"], body["AclEntries"], body["LinkedVpcs"] = "RUNNING", len(entries) > 0, entries, vpcs
	}
	return body
}

// getPersonalToken (2016-06-07, GET /tokens) issues a temporary login for the Personal Edition registries of the region. The
// caller must have been registered with Personal Edition.
func (e *Emulator) getPersonalToken(x *exchange, who identity, from *session) (map[string]any, *failure) {
	isRegistered := slices.ContainsFunc(e.world.PersonalEdition, func(p PersonalEdition) bool {
		return p.Region == x.region && p.Account == who.account && slices.Contains(p.Identities, who.key)
	})
	if !isRegistered {
		refused := fail(http.StatusNotFound, "USER_NOT_EXIST", "user is not exist.")
		refused.lowerCase = true
		return nil, refused
	}
	if !e.allows(who, "cr:GetAuthorizationToken") {
		refused := fail(http.StatusForbidden, "StatusForbidden", "STSToken policy Forbidden for action cr:GetAuthorizationToken")
		refused.lowerCase, refused.denied = true, denied(who, "cr:GetAuthorizationToken", "ResourceGroupLevelIdentityBasedPolicy")
		return nil, refused
	}
	login := e.newRegistryLogin(who, from, personalService(x.region), "", 0)
	return map[string]any{
		"data": map[string]any{
			"authorizationToken": login.password, "expireDate": x.shown(login.expires).UnixMilli(), "tempUserName": login.user,
		},
		"requestId": x.requestID,
	}, nil
}
