// SPDX-License-Identifier: Apache-2.0

package registry_test

import (
	"testing"

	openapi "github.com/alibabacloud-go/darabonba-openapi/v2/client"
	openapiutil "github.com/alibabacloud-go/darabonba-openapi/v2/utils"
	"github.com/alibabacloud-go/tea/dara"
	"github.com/google/go-containerregistry/pkg/authn"
)

func TestAPersonalLoginPullsTheNamespacesOfItsAccount(t *testing.T) {
	s := newScene(t)
	client, err := openapi.NewClient(&openapi.Config{
		AccessKeyId: dara.String(pullerKey), AccessKeySecret: dara.String("testSecretOfPuller00000000001"),
		Endpoint: dara.String("cr.cn-hangzhou.aliyuncs.com"), HttpsProxy: dara.String(s.server.Addresses().Proxy), Ca: dara.String(s.roots),
	})
	s.must(err)
	answer, err := client.CallApi(&openapiutil.Params{
		Action: dara.String("GetAuthorizationToken"), Version: dara.String("2016-06-07"), Protocol: dara.String("HTTPS"),
		Pathname: dara.String("/tokens"), Method: dara.String("GET"), AuthType: dara.String("AK"), Style: dara.String("ROA"),
		ReqBodyType: dara.String("json"), BodyType: dara.String("json"),
	}, &openapiutil.OpenApiRequest{}, &dara.RuntimeOptions{})
	s.must(err)
	data := answer["body"].(map[string]any)["data"].(map[string]any)
	login := &authn.Basic{Username: data["tempUserName"].(string), Password: data["authorizationToken"].(string)}
	s.must(s.pull(ownImage, login))
	s.mustRefuse(otherImage, login)
	s.mustRefuse(acmeImage, login)
	s.mustRefuse(ownImage, authn.Anonymous)
}
