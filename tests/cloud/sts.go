// SPDX-License-Identifier: Apache-2.0

package cloud

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"time"
)

var sessionNamePattern = regexp.MustCompile(`^[A-Za-z0-9.@_-]{2,64}$`)

// sessionRequest is what AssumeRole and AssumeRoleWithOIDC have in common.
type sessionRequest struct {
	account, roleName, sessionName string
	role                           Role
	life                           time.Duration
	actions                        []string
}

// readSessionRequest checks the common parameters against the documented bounds. The caller holds the lock.
func (e *Emulator) readSessionRequest(x *exchange) (sessionRequest, *failure) {
	arn, name := x.parameter("RoleArn"), x.parameter("RoleSessionName")
	switch {
	case arn == "":
		return sessionRequest{}, missing("RoleArn")
	case name == "":
		return sessionRequest{}, missing("RoleSessionName")
	case !sessionNamePattern.MatchString(name):
		return sessionRequest{}, fail(http.StatusBadRequest, "InvalidParameter.RoleSessionName", "The parameter RoleSessionName is wrongly formed.")
	}
	account, roleName, valid := splitRoleARN(arn)
	if !valid {
		return sessionRequest{}, fail(http.StatusBadRequest, "InvalidParameter.RoleArn", "The parameter RoleArn is wrongly formed.")
	}
	role, exists := e.findRole(account, roleName)
	if !exists {
		return sessionRequest{}, fail(http.StatusNotFound, "EntityNotExist.Role", "The specified Role not exists .")
	}
	request := sessionRequest{account: account, roleName: roleName, sessionName: name, role: role}
	var failed *failure
	if request.life, failed = readDuration(x.parameter("DurationSeconds"), role); failed != nil {
		return sessionRequest{}, failed
	}
	request.life = e.lifetimes.AssumedRole.cap(request.life)
	request.actions, failed = readSessionPolicy(x.parameter("Policy"))
	return request, failed
}

func readDuration(text string, role Role) (time.Duration, *failure) {
	longest := role.MaxSessionDuration
	if longest == 0 {
		longest = 3600
	}
	seconds := 3600
	if text != "" {
		var err error
		if seconds, err = strconv.Atoi(text); err != nil {
			seconds = 0
		}
	}
	if seconds < 900 || seconds > longest {
		return 0, fail(http.StatusBadRequest, "InvalidParameter.DurationSeconds", "The Min/Max value of DurationSeconds is 15min/1hr.")
	}
	return time.Duration(seconds) * time.Second, nil
}

// oneOrMany is a JSON value that is a text or a list of texts.
type oneOrMany []string

func (o *oneOrMany) UnmarshalJSON(text []byte) error {
	var one string
	if json.Unmarshal(text, &one) == nil {
		*o = []string{one}
		return nil
	}
	return json.Unmarshal(text, (*[]string)(o))
}

// readSessionPolicy returns the actions that a session policy allows; nil if there is no policy.
func readSessionPolicy(text string) ([]string, *failure) {
	if text == "" {
		return nil, nil
	}
	var policy struct {
		Statement []struct {
			Effect string
			Action oneOrMany
		}
	}
	if len(text) > 2048 || json.Unmarshal([]byte(text), &policy) != nil {
		return nil, fail(http.StatusBadRequest, "InvalidParameter.PolicyGrammar", "The parameter Policy has not passed grammar check.")
	}
	actions := []string{}
	for _, statement := range policy.Statement {
		if statement.Effect == "Allow" {
			actions = append(actions, statement.Action...)
		}
	}
	return actions, nil
}

// assumeRole issues a session of a role to a RAM user or role that may call it and that the role trusts.
func (e *Emulator) assumeRole(x *exchange, who identity, _ *session) (map[string]any, *failure) {
	if who.kind == "Account" {
		return nil, fail(http.StatusForbidden, "NoPermission", "Roles may not be assumed by root accounts.")
	}
	request, failed := e.readSessionRequest(x)
	if failed != nil {
		return nil, failed
	}
	refused := fail(http.StatusForbidden, "NoPermission", "You are not authorized to do this action. You should be authorized by RAM.")
	if !e.allows(who, "sts:AssumeRole") {
		refused.denied = denied(who, "sts:AssumeRole", "AccountLevelIdentityBasedPolicy")
		return nil, refused
	}
	trust := request.role.Trust
	isTrusted := slices.Contains(trust.Principals, who.key) || slices.Contains(trust.Principals, "acs:ram::"+who.account+":root")
	if !isTrusted || (trust.ExternalID != "" && trust.ExternalID != x.parameter("ExternalId")) {
		refused.denied = denied(who, "sts:AssumeRole", "AssumeRolePolicy")
		return nil, refused
	}
	return e.issueSession(x, request), nil
}

// issueSession makes the session and the part of the answer that both calls share. The caller holds the lock.
func (e *Emulator) issueSession(x *exchange, request sessionRequest) map[string]any {
	made := e.newSession(roleIdentity(request.account, request.roleName, request.sessionName, request.actions), request.life)
	x.call.Detail = made.who.arn
	return map[string]any{
		"AssumedRoleUser": map[string]any{
			"Arn":           roleARN(request.account, request.roleName) + "/" + request.sessionName,
			"AssumedRoleId": made.who.id + ":" + request.sessionName,
		},
		"Credentials": map[string]any{
			"AccessKeyId": made.accessKeyID, "AccessKeySecret": made.accessKeySecret, "SecurityToken": made.securityToken,
			"Expiration": x.shown(made.expires).Format(timeLayout),
		},
		"SourceIdentity": x.parameter("SourceIdentity"),
	}
}

func (e *Emulator) getCallerIdentity(_ *exchange, who identity, _ *session) (map[string]any, *failure) {
	body := map[string]any{
		"IdentityType": who.kind, "AccountId": who.account, "Arn": who.arn, "PrincipalId": who.id, "UserId": who.id, "RoleId": "",
	}
	if who.kind == "AssumedRoleUser" {
		body["PrincipalId"], body["UserId"], body["RoleId"] = who.id+":"+who.sessionName(), "", who.id
	}
	return body, nil
}
