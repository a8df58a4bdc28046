// SPDX-License-Identifier: Apache-2.0

package cloud

import (
	"slices"
	"strings"
)

// identity is a caller: a RAM user, the account itself, or the session of an assumed role.
type identity struct {
	// key names the user or role whose policies count; permissions are kept under it.
	key string
	// arn is what GetCallerIdentity reports.
	arn     string
	account string
	// kind is "RAMUser", "Account" or "AssumedRoleUser".
	kind string
	// display is the name in an AccessDeniedDetail.
	display string
	// id is the user's or role's numeric id.
	id string
	// sessionActions narrows the permissions by a session policy; nil means that there is none.
	sessionActions []string
}

func userARN(account string, user User) string {
	if user.Root {
		return "acs:ram::" + account + ":root"
	}
	return "acs:ram::" + account + ":user/" + user.Name
}

func roleARN(account, role string) string { return "acs:ram::" + account + ":role/" + role }

// splitRoleARN takes `acs:ram::<uid>:role/<name>` apart.
func splitRoleARN(arn string) (account, role string, valid bool) {
	rest, hasPrefix := strings.CutPrefix(arn, "acs:ram::")
	account, role, hasRole := strings.Cut(rest, ":role/")
	return account, role, hasPrefix && hasRole && account != "" && role != "" && !strings.ContainsAny(role, " /:")
}

// numericID derives a stable 18-digit id from an ARN, as RAM shows for users and roles.
func numericID(arn string) string {
	sum := uint64(14695981039346656037)
	for _, c := range []byte(arn) {
		sum = (sum ^ uint64(c)) * 1099511628211
	}
	digits := []byte("300000000000000000")
	for at := len(digits) - 1; at > 0; at-- {
		digits[at] = byte('0' + sum%10)
		sum /= 10
	}
	return string(digits)
}

func (e *Emulator) userIdentity(account string, user User) identity {
	arn := userARN(account, user)
	who := identity{key: arn, arn: arn, account: account, kind: "RAMUser", display: user.Name, id: numericID(arn)}
	if user.Root {
		who.kind, who.id = "Account", account
	}
	return who
}

func roleIdentity(account, role, session string, actions []string) identity {
	arn := roleARN(account, role)
	return identity{
		key: arn, arn: "acs:ram::" + account + ":assumed-role/" + role + "/" + session, account: account,
		kind: "AssumedRoleUser", display: role + ":" + session, id: numericID(arn), sessionActions: actions,
	}
}

// findKey looks a long-term access key up. The caller holds the lock.
func (e *Emulator) findKey(id string) (identity, AccessKey, bool) {
	for _, account := range e.world.Accounts {
		for _, user := range account.Users {
			for _, key := range user.AccessKeys {
				if key.ID == id {
					return e.userIdentity(account.UID, user), key, true
				}
			}
		}
	}
	return identity{}, AccessKey{}, false
}

// findRole looks a role up. The caller holds the lock.
func (e *Emulator) findRole(account, name string) (Role, bool) {
	for _, candidate := range e.world.Accounts {
		if candidate.UID != account {
			continue
		}
		if at := slices.IndexFunc(candidate.Roles, func(r Role) bool { return r.Name == name }); at >= 0 {
			return candidate.Roles[at], true
		}
	}
	return Role{}, false
}

// allows says whether an identity may do an action now. The caller holds the lock.
func (e *Emulator) allows(who identity, action string) bool {
	if who.sessionActions != nil && !matchesAny(who.sessionActions, action) {
		return false
	}
	return who.kind == "Account" || matchesAny(e.permissions[who.key], action)
}

func matchesAny(patterns []string, text string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool { return matchesGlob(pattern, text) })
}

// matchesGlob compares with a pattern in which `*` stands for any text, as RAM policies do.
func matchesGlob(pattern, text string) bool {
	head, tail, hasStar := strings.Cut(pattern, "*")
	if !hasStar {
		return pattern == text
	}
	if !strings.HasPrefix(text, head) {
		return false
	}
	for at := len(head); at <= len(text); at++ {
		if matchesGlob(tail, text[at:]) {
			return true
		}
	}
	return false
}

// sessionName is the last part of the ARN of an assumed role's session.
func (i identity) sessionName() string { return i.arn[strings.LastIndexByte(i.arn, '/')+1:] }
