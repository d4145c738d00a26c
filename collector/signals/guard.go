package signals

import (
	"net"
	"net/http"
	"strings"
)

// guard refuses what a web page that is open on this machine could send in a
// user's name: requests of another origin, but those that cors permits, and,
// where the loopback is all that protects the endpoint, requests under a name
// that somebody else's DNS has pointed at it.
func (s *signals) guard(next http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		problem(w, http.StatusForbidden, "requests from another site ("+r.Header.Get("Origin")+") are not taken: add it to cors::allowed_origins")
	}))
	protected := protection.Handler(next)
	var origins []string
	if s.cfg.CORS.HasValue() {
		origins = s.cfg.CORS.Get().AllowedOrigins
	}
	open := loopback(s.cfg.NetAddr.Endpoint) && s.cfg.TokenFile == "" && !s.cfg.Auth.HasValue()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case open && !local(r.Host):
			problem(w, http.StatusMisdirectedRequest, "host "+r.Host+" is not served here without a token: use localhost or an IP address, or set token_file")
		case permitted(origins, r.Header.Get("Origin")):
			next.ServeHTTP(w, r)
		default:
			protected.ServeHTTP(w, r)
		}
	})
}

func local(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.ToLower(strings.Trim(host, "[]"))
	return host == "localhost" || net.ParseIP(host) != nil
}

// permitted reports whether an origin is one of those allowed, in which a
// single * stands for any text.
func permitted(allowed []string, origin string) bool {
	origin = strings.ToLower(origin)
	for _, a := range allowed {
		before, after, wild := strings.Cut(strings.ToLower(a), "*")
		if origin != "" && (origin == before && !wild || wild && len(origin) >= len(before)+len(after) && strings.HasPrefix(origin, before) && strings.HasSuffix(origin, after)) {
			return true
		}
	}
	return false
}
