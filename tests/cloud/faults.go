// SPDX-License-Identifier: Apache-2.0

package cloud

import (
	"crypto/tls"
	"net"
	"net/http"
	"strconv"
	"time"
)

// Fault makes matching calls go wrong. Times is how many calls it hits; 0 means until it is removed.
type Fault struct {
	Match FaultMatch  `json:"match"`
	Times int         `json:"times,omitempty"`
	Do    FaultAction `json:"do"`
}

// FaultMatch selects calls; an empty field matches everything. The names of APIs are those of the call record.
type FaultMatch struct {
	Host        string `json:"host,omitempty"`
	API         string `json:"api,omitempty"`
	Version     string `json:"version,omitempty"`
	Instance    string `json:"instance,omitempty"`
	AccessKeyID string `json:"accessKeyId,omitempty"`
}

// FaultAction is what happens instead of the right answer, or (DelayMs, ClockSkewSeconds) on the way to it.
type FaultAction struct {
	// Status, Code and Message give an error in the API's wire shape; LowerCase picks the lower-case shape;
	// RetryAfterMs adds x-acs-retry-after.
	Status       int    `json:"status,omitempty"`
	Code         string `json:"code,omitempty"`
	Message      string `json:"message,omitempty"`
	RetryAfterMs int    `json:"retryAfterMs,omitempty"`
	LowerCase    bool   `json:"lowerCase,omitempty"`
	// IsSuccessFalse is the Code of a failure inside HTTP 200.
	IsSuccessFalse string `json:"isSuccessFalse,omitempty"`
	// Hang never answers; Cut resets the connection without an answer.
	Hang bool `json:"hang,omitempty"`
	Cut  bool `json:"cut,omitempty"`
	// HTML, Empty and XML are bodies that are not JSON; Body is any text. Status holds for them too.
	HTML  bool   `json:"html,omitempty"`
	Empty bool   `json:"empty,omitempty"`
	XML   bool   `json:"xml,omitempty"`
	Body  string `json:"body,omitempty"`
	// DelayMs holds the answer back; ClockSkewSeconds moves the cloud's clock (positive: ahead of ours).
	DelayMs          int `json:"delayMs,omitempty"`
	ClockSkewSeconds int `json:"clockSkewSeconds,omitempty"`
}

type fault struct {
	Fault
	id   string
	left int
}

func (m FaultMatch) matches(call Call) bool {
	return (m.Host == "" || m.Host == call.Host) && (m.API == "" || m.API == call.API) &&
		(m.Version == "" || m.Version == call.Version) && (m.Instance == "" || m.Instance == call.Instance) &&
		(m.AccessKeyID == "" || m.AccessKeyID == call.AccessKeyID)
}

// replaces says whether the action takes the place of the right answer.
func (a FaultAction) replaces() bool {
	return a.Status != 0 || a.IsSuccessFalse != "" || a.Hang || a.Cut || a.HTML || a.Empty || a.XML || a.Body != ""
}

// takeFault joins the faults that hit a call: delays and skews of all that match, up to the first that replaces the answer.
func (e *Emulator) takeFault(call Call) FaultAction {
	e.mu.Lock()
	defer e.mu.Unlock()
	var joined FaultAction
	for at := 0; at < len(e.faults); at++ {
		candidate := e.faults[at]
		if !candidate.Match.matches(call) {
			continue
		}
		if candidate.Times > 0 {
			candidate.left--
			if candidate.left == 0 {
				e.faults = append(e.faults[:at:at], e.faults[at+1:]...)
				at--
			}
		}
		delay, skew := joined.DelayMs+candidate.Do.DelayMs, joined.ClockSkewSeconds+candidate.Do.ClockSkewSeconds
		if candidate.Do.replaces() {
			joined = candidate.Do
			joined.DelayMs, joined.ClockSkewSeconds = delay, skew
			return joined
		}
		joined.DelayMs, joined.ClockSkewSeconds = delay, skew
	}
	return joined
}

// delay waits as long as the fault says, or until the client is gone.
func (a FaultAction) delay(r *http.Request) {
	if a.DelayMs <= 0 {
		return
	}
	timer := time.NewTimer(time.Duration(a.DelayMs) * time.Millisecond)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.Context().Done():
	}
}

// raw tells what the call record shows for those actions that do not depend on the API's wire shape: a code, and the status
// (0 if there is no answer). An empty code means that the action is none of them.
func (a FaultAction) raw() (code string, status int) {
	switch {
	case a.Hang:
		return "fault:hang", 0
	case a.Cut:
		return "fault:cut", 0
	case a.HTML:
		return "fault:html", a.status(http.StatusBadGateway)
	case a.Empty:
		return "fault:empty", a.status(http.StatusServiceUnavailable)
	case a.XML:
		return "fault:xml", a.status(http.StatusServiceUnavailable)
	case a.Body != "":
		return "fault:body", a.status(http.StatusOK)
	}
	return "", 0
}

// performRaw does what raw has told.
func (a FaultAction) performRaw(w http.ResponseWriter, r *http.Request, requestID string) {
	_, status := a.raw()
	switch {
	case a.Hang:
		<-r.Context().Done()
	case a.Cut:
		cutConnection(w)
	case a.HTML:
		title := strconv.Itoa(status) + " " + http.StatusText(status)
		send(w, status, "text/html", "<html><body><h1>"+title+"</h1></body></html>")
	case a.Empty:
		send(w, status, "", "")
	case a.XML:
		send(w, status, "text/xml;charset=utf-8", string(renderXML("Error", map[string]any{
			"RequestId": requestID, "HostId": r.Host, "Code": a.code("ServiceUnavailable"), "Message": a.Message,
		})))
	case a.Body != "":
		send(w, status, "application/json;charset=utf-8", a.Body)
	}
}

func (a FaultAction) status(otherwise int) int {
	if a.Status != 0 {
		return a.Status
	}
	return otherwise
}

func (a FaultAction) code(otherwise string) string {
	if a.Code != "" {
		return a.Code
	}
	return otherwise
}

func send(w http.ResponseWriter, status int, contentType, body string) {
	if contentType != "" {
		w.Header().Set("Content-Type", contentType)
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body))
}

// cutConnection resets the connection, so that the client reads an error and not an end.
func cutConnection(w http.ResponseWriter) {
	hijacker, canHijack := w.(http.Hijacker)
	if !canHijack {
		panic(http.ErrAbortHandler)
	}
	connection, _, err := hijacker.Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if secure, isTLS := connection.(*tls.Conn); isTLS {
		connection = secure.NetConn()
	}
	if plain, isTCP := connection.(*net.TCPConn); isTCP {
		_ = plain.SetLinger(0)
	}
	_ = connection.Close()
}
