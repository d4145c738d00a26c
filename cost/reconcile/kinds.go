package reconcile

import (
	"regexp"
	"strings"
)

// The kinds of line: what a billed amount is for.
const (
	KindInput      = "input"
	KindCacheRead  = "cache_read"
	KindCacheWrite = "cache_write"
	KindOutput     = "output"
	KindOther      = "other"
	KindAll        = "all" // the export does not split by kind
)

// The kinds of charge that are no usage: no trace can account for them.
const (
	ChargeTax        = "tax"
	ChargeCredit     = "credit"
	ChargeRefund     = "refund"
	ChargeDiscount   = "discount"
	ChargeCommitment = "commitment"
	ChargeFee        = "fee"
)

var (
	shortCached = regexp.MustCompile(`\bcd\b|\bcchd\b`)
	charges     = []struct {
		charge string
		words  *regexp.Regexp
	}{
		{ChargeTax, regexp.MustCompile(`^(sales ?)?(tax(es)?|vat|gst|mwst)\b`)},
		{ChargeRefund, regexp.MustCompile(`^refunds?\b`)},
		{ChargeCredit, regexp.MustCompile(`^(promotional |free |service )?(credits?|adjustments?|grant|rounding ?(error|adjustment))\b`)},
		{ChargeDiscount, regexp.MustCompile(`discount$|^savings ?plan ?negation$`)},
		{ChargeCommitment, regexp.MustCompile(`^(purchase|unused ?(reservation|savings ?plan)|ri ?fee|savings ?plan ?(recurring|upfront) ?fee|commitments?|reservations?|subscriptions?)\b`)},
		{ChargeFee, regexp.MustCompile(`^(fee|support|service fee|platform fee|minimum)s?\b`)},
	}
	words2 = regexp.MustCompile(`([a-z])([A-Z])|[_-]`)
)

// chargeOf is what a type of line, or a line's name, is for where it is no
// usage; "" for usage.
func chargeOf(s string) string {
	s = strings.ToLower(words2.ReplaceAllString(strings.TrimSpace(s), "$1 $2"))
	for _, c := range charges {
		if c.words.MatchString(s) {
			return c.charge
		}
	}
	return ""
}

// kindOf tells what a meter or token type is for.
func kindOf(s string) string {
	t := strings.ToLower(s)
	p := plain(s)
	cached := strings.Contains(p, "cache") && !strings.Contains(p, "nocache") && !strings.Contains(p, "uncached") || strings.Contains(p, "cchd") || shortCached.MatchString(t)
	switch {
	case s == "":
		return KindAll
	case cached && (strings.Contains(p, "write") || strings.Contains(p, "creation")):
		return KindCacheWrite
	case cached && strings.Contains(p, "storage"):
		return KindOther
	case cached:
		return KindCacheRead
	case strings.Contains(p, "output") || strings.Contains(p, "outp") || strings.Contains(p, "opt") || strings.Contains(p, "response") || strings.Contains(p, "completion"):
		return KindOutput
	case strings.Contains(p, "input") || strings.Contains(p, "inp") || strings.Contains(p, "prompt") || strings.Contains(p, "embedding"):
		return KindInput
	case strings.Contains(p, "search") || strings.Contains(p, "execution") || strings.Contains(p, "session"):
		return KindOther
	}
	return KindAll
}

func isBatch(s string) bool {
	p := plain(s)
	return strings.Contains(p, "batch") || p == "true"
}
