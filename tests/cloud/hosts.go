// SPDX-License-Identifier: Apache-2.0

package cloud

import (
	"net"
	"slices"
	"strings"
)

// Regions that have a Container Registry or STS host, as the vendor's endpoint tables list them.
var regions = strings.Fields(`cn-beijing cn-beijing-finance-1 cn-chengdu cn-fuzhou cn-guangzhou cn-hangzhou
	cn-hangzhou-finance cn-heyuan cn-heyuan-acdr-1 cn-hongkong cn-huhehaote cn-nanjing cn-north-2-gov-1 cn-qingdao
	cn-shanghai cn-shanghai-finance-1 cn-shenzhen cn-shenzhen-finance-1 cn-wuhan-lr cn-wulanchabu cn-zhangjiakou
	cn-zhengzhou-jva cn-zhongwei ap-northeast-1 ap-northeast-2 ap-south-1 ap-southeast-1 ap-southeast-2 ap-southeast-3
	ap-southeast-5 ap-southeast-6 ap-southeast-7 eu-central-1 eu-west-1 me-central-1 me-east-1 na-south-1 us-east-1
	us-southeast-1 us-west-1`)

// Hosts which the regional rule would give but which the vendor's endpoint tables do not list.
var absentHosts = []string{
	"cr-vpc.cn-huhehaote.aliyuncs.com", "cr-vpc.cn-wulanchabu.aliyuncs.com", "cr-vpc.cn-heyuan.aliyuncs.com",
	"sts.cn-shenzhen-finance-1.aliyuncs.com", "sts.cn-hangzhou-finance.aliyuncs.com",
	"sts-vpc.cn-hangzhou-finance.aliyuncs.com",
}

func isRegion(text string) bool { return slices.Contains(regions, text) }

// hostKind is what a cloud host name serves.
type hostKind int

const (
	hostUnknown hostKind = iota
	hostSTS
	hostCR
	hostAuth
)

// product is the name that the gateway uses in its error texts.
func (k hostKind) product() string {
	switch k {
	case hostSTS:
		return "sts"
	case hostCR:
		return "cr"
	default:
		return ""
	}
}

// classifyHost says what a cloud host name (without port) serves and in which region; the region is empty for the global
// hosts sts.aliyuncs.com and dockerauth.aliyuncs.com.
func classifyHost(host string) (hostKind, string) {
	rest, isCloud := strings.CutSuffix(strings.ToLower(host), ".aliyuncs.com")
	if !isCloud || slices.Contains(absentHosts, strings.ToLower(host)) {
		return hostUnknown, ""
	}
	service, region, isRegional := strings.Cut(rest, ".")
	if !isRegional {
		if region, found := strings.CutPrefix(rest, "dockerauth-"); found && isRegion(region) {
			return hostAuth, region
		}
	} else if !isRegion(region) {
		return hostUnknown, ""
	}
	switch service {
	case "sts":
		return hostSTS, region
	case "dockerauth":
		return hostAuth, region
	}
	if !isRegional {
		return hostUnknown, ""
	}
	switch service {
	case "sts-vpc":
		return hostSTS, region
	case "cr", "cr-vpc":
		return hostCR, region
	case "dockerauth-vpc", "dockerauth-ee", "dockerauth-ee-vpc":
		return hostAuth, region
	}
	return hostUnknown, ""
}

// withoutPort removes a port from a Host header or an authority.
func withoutPort(authority string) string {
	if host, _, err := net.SplitHostPort(authority); err == nil {
		return host
	}
	return authority
}

// instanceService is the `service` that the registry of an Enterprise instance names in its challenge.
func instanceService(instance Instance) string {
	return "registry.aliyuncs.com:" + instance.Region + ":china:" + instance.ID
}

// personalService is the `service` of the Personal Edition registries of a region.
func personalService(region string) string { return "registry.aliyuncs.com:" + region + ":26842" }

// personalHosts are the registry hosts that every account shares in a region.
func personalHosts(region string) []string {
	return []string{
		"registry." + region + ".aliyuncs.com", "registry-vpc." + region + ".aliyuncs.com",
		"registry-internal." + region + ".aliyuncs.com",
	}
}

// RegistryService is one registry as clients see it: the service name of its challenge and its host names.
type RegistryService struct {
	Service  string   `json:"service"`
	Instance string   `json:"instance,omitempty"`
	Region   string   `json:"region"`
	Hosts    []string `json:"hosts"`
}

// registryServices lists the registries of a world: one for each Enterprise instance, one for each Personal Edition region. The
// hosts of a disabled endpoint are not reachable and so not listed.
func registryServices(world World) []RegistryService {
	var services []RegistryService
	for _, instance := range world.Instances {
		service := RegistryService{Service: instanceService(instance), Instance: instance.ID, Region: instance.Region}
		for _, endpoint := range instance.Endpoints {
			if endpoint.Disabled {
				continue
			}
			for _, domain := range endpoint.Domains {
				service.Hosts = append(service.Hosts, domain.Domain)
			}
		}
		services = append(services, service)
	}
	for _, personal := range world.PersonalEdition {
		name := personalService(personal.Region)
		at := slices.IndexFunc(services, func(s RegistryService) bool { return s.Service == name })
		if at < 0 {
			services = append(services, RegistryService{Service: name, Region: personal.Region, Hosts: personalHosts(personal.Region)})
			at = len(services) - 1
		}
		services[at].Hosts = append(services[at].Hosts, personal.Domains...)
	}
	return services
}
