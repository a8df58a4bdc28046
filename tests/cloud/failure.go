// SPDX-License-Identifier: Apache-2.0

package cloud

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// answer is a response before it is written. Code is what the call record shows; "success" if all went well.
type answer struct {
	status int
	code   string
	header http.Header
	body   map[string]any
}

func success(body map[string]any) answer {
	return answer{status: http.StatusOK, code: "success", body: body}
}

// failure is an error of the gateway or of a product; it becomes a body in the wire shape of its API.
type failure struct {
	status        int
	code, message string
	// denied fills AccessDeniedDetail if set.
	denied map[string]any
	// lowerCase picks the shape of Personal Edition: code, message, requestId.
	lowerCase bool
}

func fail(status int, code, message string) *failure {
	return &failure{status: status, code: code, message: message}
}

func missing(parameter string) *failure {
	return fail(http.StatusBadRequest, "Missing"+parameter, parameter+" is mandatory for this action.")
}

// denied is the answer to a caller whose policies do not allow an action.
func denied(who identity, action, policyType string) map[string]any {
	return map[string]any{
		"AuthAction": action, "AuthPrincipalType": who.kind, "AuthPrincipalDisplayName": who.display,
		"AuthPrincipalOwnerId": who.account, "NoPermissionType": "ImplicitDeny", "PolicyType": policyType,
		"EncodedDiagnosticMessage": "AQEAAAAAtest",
	}
}

// answer gives the failure its body.
func (f *failure) answer(host, product, requestID string) answer {
	result := answer{status: f.status, code: f.code}
	if f.lowerCase {
		result.body = map[string]any{"code": f.code, "message": f.message, "requestId": requestID}
		if f.denied != nil {
			result.body["status"], result.body["accessDeniedDetail"] = f.status, f.denied
		}
		return result
	}
	result.body = map[string]any{
		"RequestId": requestID, "HostId": host, "Code": f.code, "Message": f.message,
		"Recommend": "https://api.aliyun.com/troubleshoot?q=" + f.code + "&product=" + product + "&requestId=" + requestID,
	}
	if f.denied != nil {
		result.body["AccessDeniedDetail"] = f.denied
	}
	return result
}

// write sends an answer, as XML unless the client asked for JSON: that is what the RPC gateway does.
func (a answer) write(w http.ResponseWriter, requestID string, asXML bool, root string) {
	for name, values := range a.header {
		w.Header()[name] = values
	}
	w.Header().Set("x-acs-request-id", requestID)
	w.Header().Set("x-acs-trace-id", strings.ToLower(strings.ReplaceAll(requestID, "-", "")))
	var text []byte
	if asXML {
		w.Header().Set("Content-Type", "text/xml;charset=utf-8")
		text = renderXML(root, a.body)
	} else {
		w.Header().Set("Content-Type", "application/json;charset=utf-8")
		var err error
		if text, err = json.Marshal(a.body); err != nil {
			panic(err)
		}
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	w.WriteHeader(a.status)
	_, _ = w.Write(text)
}

// renderXML writes a body as the gateway's XML: one element per field, in the order of the names.
func renderXML(root string, body map[string]any) []byte {
	var out strings.Builder
	out.WriteString(`<?xml version='1.0' encoding='UTF-8'?>`)
	writeElement(&out, root, body)
	return []byte(out.String())
}

func writeElement(out *strings.Builder, name string, value any) {
	switch value := value.(type) {
	case []map[string]any:
		for _, item := range value {
			writeElement(out, name, item)
		}
	case map[string]any:
		out.WriteString("<" + name + ">")
		fields := make([]string, 0, len(value))
		for field := range value {
			fields = append(fields, field)
		}
		slices.Sort(fields)
		for _, field := range fields {
			writeElement(out, field, value[field])
		}
		out.WriteString("</" + name + ">")
	default:
		out.WriteString("<" + name + ">")
		_ = xml.EscapeText(out, fmt.Append(nil, value))
		out.WriteString("</" + name + ">")
	}
}
