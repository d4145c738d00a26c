package normalize

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"sync"
)

// userHash turns user ids into keyed hashes, and remembers recent ones.
type userHash struct {
	key   []byte
	mu    sync.RWMutex
	known map[string]string
}

const maxUsers = 16384

const userPrefix = "u_"

// hashed reports whether id is what hash makes of one.
func hashed(id string) bool {
	h, ok := strings.CutPrefix(id, userPrefix)
	_, err := hex.DecodeString(h)
	return ok && err == nil && len(h) == 2*hashBytes
}

const hashBytes = 12

// keyed is a keyed hash of s behind a prefix.
func (u *userHash) keyed(prefix, s string) string {
	m := hmac.New(sha256.New, u.key)
	m.Write([]byte(s))
	return prefix + hex.EncodeToString(m.Sum(nil)[:hashBytes])
}

func (u *userHash) hash(id string) string {
	if id == "" {
		return ""
	}
	u.mu.RLock()
	h, ok := u.known[id]
	u.mu.RUnlock()
	if ok {
		return h
	}
	h = u.keyed(userPrefix, id)
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.known == nil || len(u.known) >= maxUsers {
		u.known = make(map[string]string, 64)
	}
	u.known[strings.Clone(id)] = h
	return h
}
