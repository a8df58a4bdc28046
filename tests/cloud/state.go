// SPDX-License-Identifier: Apache-2.0

package cloud

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Emulator is the state of the emulated cloud. Its methods without "locked" in their comment take the lock themselves.
type Emulator struct {
	authority *authority
	signer    *tokenSigner
	log       *log.Logger

	mu           sync.Mutex
	world        World
	permissions  map[string][]string
	sessions     map[string]*session       // by access key id
	logins       map[string]*registryLogin // by password
	imdsTokens   map[string]time.Time      // metadata service token -> expiry
	imdsSession  *session                  // what the metadata service hands out at present
	nonces       map[string]time.Time      // access key id and nonce -> when it may be forgotten
	lifetimes    Lifetimes
	faults       []*fault
	nextFault    int
	calls        []Call
	secrets      map[string]bool
	registries   map[string]string // service -> address; "" is the fallback
	openAPI      string            // address of the TLS listener
	imdsListener string
}

// session is a temporary RAM credential.
type session struct {
	accessKeyID, accessKeySecret, securityToken string
	who                                         identity
	expires                                     time.Time
}

// registryLogin is an issued temporary user and password; service names the registry that accepts it.
type registryLogin struct {
	user, password string
	service        string
	who            identity
	expires        time.Time
}

// Lifetimes shortens what the emulator issues; zero means as in the real cloud. RegistryToken caps registry logins however
// they were obtained, IMDSSession the role credential of the metadata service, AssumedRole what STS issues.
type Lifetimes struct {
	RegistryToken Duration `json:"registryToken,omitempty"`
	IMDSSession   Duration `json:"imdsSession,omitempty"`
	AssumedRole   Duration `json:"assumedRole,omitempty"`
}

// Duration is a time.Duration whose JSON form is text such as "40s"; "" is zero.
type Duration time.Duration

// MarshalText writes the duration as Go does.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText reads what time.ParseDuration accepts, and "".
func (d *Duration) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*d = 0
		return nil
	}
	parsed, err := time.ParseDuration(string(text))
	if err == nil && parsed < 0 {
		err = fmt.Errorf("negative duration %s", text)
	}
	*d = Duration(parsed)
	return err
}

// cap shortens a life to the limit, if one is set.
func (d Duration) cap(life time.Duration) time.Duration {
	if d > 0 && time.Duration(d) < life {
		return time.Duration(d)
	}
	return life
}

func newEmulator(world World, authority *authority, signer *tokenSigner, logger *log.Logger) *Emulator {
	e := &Emulator{
		authority: authority, signer: signer, log: logger, world: world,
		permissions: map[string][]string{}, sessions: map[string]*session{}, logins: map[string]*registryLogin{},
		imdsTokens: map[string]time.Time{}, nonces: map[string]time.Time{}, secrets: map[string]bool{}, registries: map[string]string{},
	}
	for _, account := range world.Accounts {
		for _, user := range account.Users {
			e.permissions[userARN(account.UID, user)] = user.Actions
			for _, key := range user.AccessKeys {
				e.secrets[key.Secret] = true
			}
		}
		for _, role := range account.Roles {
			e.permissions[roleARN(account.UID, role.Name)] = role.Actions
		}
	}
	e.rememberLogin(world.RegistryAdmin.User, world.RegistryAdmin.Password)
	return e
}

// rememberLogin notes a password as secret, and also the form in which it stands in a docker configuration. The caller holds
// the lock.
func (e *Emulator) rememberLogin(user, password string) {
	if password == "" {
		return
	}
	e.secrets[password] = true
	e.secrets[base64.StdEncoding.EncodeToString([]byte(user+":"+password))] = true
}

// newSession issues a temporary RAM credential. The caller holds the lock.
func (e *Emulator) newSession(who identity, life time.Duration) *session {
	made := &session{
		accessKeyID: "STS.N" + randomText(24), accessKeySecret: randomText(43),
		// Real tokens are long and full of characters that must be encoded in a URL.
		securityToken: "CAIS" + base64.StdEncoding.EncodeToString(randomBytes(420)), who: who,
		expires: time.Now().Add(life).Truncate(time.Second),
	}
	e.sessions[made.accessKeyID] = made
	e.secrets[made.accessKeySecret] = true
	e.secrets[made.securityToken] = true
	return made
}

// newRegistryLogin issues a temporary registry user and password: for one hour, or `hours` if that is not 0, never longer than
// the session that asks (nil for a long-term key) nor than the configured cap. The caller holds the lock.
func (e *Emulator) newRegistryLogin(who identity, from *session, service, instance string, hours int) *registryLogin {
	life := time.Hour
	if hours > 0 {
		life = time.Duration(hours) * time.Hour
	}
	now := time.Now()
	expires := now.Add(life)
	if from != nil && (hours == 0 || from.expires.Before(expires)) {
		expires = from.expires
	}
	expires = now.Add(e.lifetimes.RegistryToken.cap(expires.Sub(now)))
	made := &registryLogin{user: "cr_temp_user", service: service, who: who, expires: expires.Truncate(time.Millisecond)}
	claims := map[string]string{"time": strconv.FormatInt(made.expires.UnixMilli(), 10), "type": "user", "userId": who.id}
	if instance != "" {
		claims["instanceId"], claims["type"] = instance, "sub"
	}
	text, err := json.Marshal(claims)
	if err != nil {
		panic(err)
	}
	made.password = base64.RawStdEncoding.EncodeToString(text) + ":" + hex.EncodeToString(randomBytes(20))
	e.logins[made.password] = made
	e.rememberLogin(made.user, made.password)
	return made
}

// useNonce says whether a nonce is new for a key and remembers it. The caller holds the lock.
func (e *Emulator) useNonce(accessKeyID, nonce string) bool {
	now := time.Now()
	for known, until := range e.nonces {
		if until.Before(now) {
			delete(e.nonces, known)
		}
	}
	name := accessKeyID + " " + nonce
	if _, used := e.nonces[name]; used {
		return false
	}
	e.nonces[name] = now.Add(2 * signatureWindow)
	return true
}

// findInstance looks an instance up. The caller holds the lock.
func (e *Emulator) findInstance(id string) (Instance, bool) {
	at := slices.IndexFunc(e.world.Instances, func(i Instance) bool { return i.ID == id })
	if at < 0 {
		return Instance{}, false
	}
	return e.world.Instances[at], true
}

func randomBytes(count int) []byte {
	bytes := make([]byte, count)
	if _, err := rand.Read(bytes); err != nil {
		panic(err)
	}
	return bytes
}

// randomText returns letters and digits.
func randomText(length int) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	text := randomBytes(length)
	for at := range text {
		text[at] = alphabet[int(text[at])%len(alphabet)]
	}
	return string(text)
}

// newRequestID returns a request id in the vendor's form, an upper-case UUID.
func newRequestID() string {
	b := randomBytes(16)
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return strings.ToUpper(fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:16]))
}
