// SPDX-License-Identifier: Apache-2.0

// Package cloud emulates the part of Alibaba Cloud that a registry credential client talks to: STS, Container Registry
// (Enterprise 2018-12-01 and Personal 2016-06-07), ECS instance metadata and the registry's token service.
package cloud

import (
	_ "embed"
	"fmt"
	"os"

	"sigs.k8s.io/yaml"
)

// World is what exists in the emulated cloud before the first call. Account ids are text: they do not fit every number type.
type World struct {
	Accounts        []Account         `json:"accounts"`
	OIDCProviders   []OIDCProvider    `json:"oidcProviders,omitempty"`
	Instances       []Instance        `json:"instances,omitempty"`
	PersonalEdition []PersonalEdition `json:"personalEdition,omitempty"`
	Metadata        Metadata          `json:"metadata,omitempty"`
	// RegistryAdmin may push and pull everywhere; it exists so that tests can fill registries.
	RegistryAdmin Login `json:"registryAdmin,omitempty"`
}

// Account is one cloud account with its RAM users and roles.
type Account struct {
	UID   string `json:"uid"`
	Users []User `json:"users,omitempty"`
	Roles []Role `json:"roles,omitempty"`
}

// User is a RAM user, or the account itself when Root is set. Actions lists what its policies allow, e.g. "cr:PullRepository"
// or "cr:*"; everything else is denied.
type User struct {
	Name       string      `json:"name"`
	Root       bool        `json:"root,omitempty"`
	AccessKeys []AccessKey `json:"accessKeys,omitempty"`
	Actions    []string    `json:"actions,omitempty"`
}

// AccessKey is a long-term key pair.
type AccessKey struct {
	ID       string `json:"id"`
	Secret   string `json:"secret"`
	Inactive bool   `json:"inactive,omitempty"`
}

// Role is a RAM role. MaxSessionDuration is in seconds; 0 means 3600.
type Role struct {
	Name               string   `json:"name"`
	Actions            []string `json:"actions,omitempty"`
	MaxSessionDuration int      `json:"maxSessionDuration,omitempty"`
	Trust              Trust    `json:"trust,omitempty"`
}

// Trust says who may assume a role: services ("ecs.aliyuncs.com"), principals (ARNs, "acs:ram::<uid>:root" for a whole
// account) and OIDC providers. A caller that is named must also present ExternalID if one is set.
type Trust struct {
	Services   []string         `json:"services,omitempty"`
	Principals []string         `json:"principals,omitempty"`
	Federated  []FederatedTrust `json:"federated,omitempty"`
	ExternalID string           `json:"externalId,omitempty"`
}

// FederatedTrust lets tokens of one OIDC provider in. Conditions maps oidc:iss, oidc:aud and oidc:sub to the accepted
// values; a value may hold `*`.
type FederatedTrust struct {
	Provider   string              `json:"provider"`
	Conditions map[string][]string `json:"conditions,omitempty"`
}

// OIDCProvider is an identity provider registered with RAM. JWKS is a JSON Web Key Set as the issuer publishes it.
type OIDCProvider struct {
	ARN       string   `json:"arn"`
	Issuer    string   `json:"issuer"`
	ClientIDs []string `json:"clientIds,omitempty"`
	JWKS      string   `json:"jwks,omitempty"`
}

// Instance is a Container Registry Enterprise Edition instance.
type Instance struct {
	ID        string     `json:"id"`
	Name      string     `json:"name"`
	Account   string     `json:"account"`
	Region    string     `json:"region"`
	Endpoints []Endpoint `json:"endpoints,omitempty"`
}

// Endpoint is a network entry of an instance; Type is "internet" or "vpc".
type Endpoint struct {
	Type     string   `json:"type"`
	Disabled bool     `json:"disabled,omitempty"`
	Domains  []Domain `json:"domains,omitempty"`
	VPCs     []string `json:"vpcs,omitempty"`
	ACL      []string `json:"acl,omitempty"`
}

// Domain is a registry host name; Type is "SYSTEM" or "USER".
type Domain struct {
	Domain string `json:"domain"`
	Type   string `json:"type"`
}

// PersonalEdition is one account's Personal Edition registry in one region. Identities lists the ARNs that were registered
// with it; Namespaces the image namespaces that the account owns there; Domains further host names besides registry*.<region>.
type PersonalEdition struct {
	Account    string   `json:"account"`
	Region     string   `json:"region"`
	Identities []string `json:"identities,omitempty"`
	Namespaces []string `json:"namespaces,omitempty"`
	Domains    []string `json:"domains,omitempty"`
}

// Metadata describes the ECS instance whose metadata service is emulated. HTTPTokens is "optional", "required" (a GET needs
// a token) or "none" (an old service without tokens). An empty Role means that no role is attached.
type Metadata struct {
	Account    string `json:"account"`
	Region     string `json:"region"`
	Zone       string `json:"zone"`
	InstanceID string `json:"instanceId"`
	Role       string `json:"role"`
	HTTPTokens string `json:"httpTokens"`
	Disabled   bool   `json:"disabled"`
}

// Login is a fixed user and password.
type Login struct {
	User     string `json:"user"`
	Password string `json:"password"`
}

//go:embed default_world.yaml
var defaultWorld []byte

// DefaultWorld is the world that is used when none is named.
func DefaultWorld() World {
	world, err := ParseWorld(defaultWorld)
	if err != nil {
		panic("the embedded world is broken: " + err.Error())
	}
	return world
}

// ParseWorld reads a world from YAML; unknown keys are errors.
func ParseWorld(text []byte) (World, error) {
	var world World
	if err := yaml.UnmarshalStrict(text, &world); err != nil {
		return World{}, fmt.Errorf("parse world: %w", err)
	}
	return world, world.check()
}

// LoadWorld reads a world file; an empty name means the default world.
func LoadWorld(file string) (World, error) {
	if file == "" {
		return DefaultWorld(), nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return World{}, err
	}
	return ParseWorld(text)
}

func (w World) check() error {
	accounts := map[string]bool{}
	keys := map[string]bool{}
	for _, account := range w.Accounts {
		accounts[account.UID] = true
		for _, user := range account.Users {
			for _, key := range user.AccessKeys {
				if key.ID == "" || key.Secret == "" || keys[key.ID] {
					return fmt.Errorf("world: access key %q of %s is incomplete or a duplicate", key.ID, user.Name)
				}
				keys[key.ID] = true
			}
		}
	}
	for _, instance := range w.Instances {
		if !accounts[instance.Account] || !isRegion(instance.Region) {
			return fmt.Errorf("world: instance %s has an unknown account or region", instance.ID)
		}
	}
	for _, personal := range w.PersonalEdition {
		if !accounts[personal.Account] || !isRegion(personal.Region) {
			return fmt.Errorf("world: Personal Edition of %q has an unknown account or region", personal.Account)
		}
	}
	return nil
}
