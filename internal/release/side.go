package release

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/windage-dev/windage/store"
)

// ParseSide reads what makes a side: values of the dimensions that releases
// change (variant, prompt.version, model), or a span of time of its own (since,
// until), as in "prompt.version=8" or "since=2026-11-01,until=2026-11-08". What
// it does not name is taken from s. when reads an instant.
func ParseSide(text string, s store.Side, when func(string) (time.Time, error)) (store.Side, error) {
	if strings.TrimSpace(text) == "" {
		return s, errors.New("is empty: want what makes the side, as in prompt.version=8, variant=b, model=gpt-5 or since=2026-11-01,until=2026-11-08")
	}
	for _, part := range strings.Split(text, ",") {
		key, value, ok := strings.Cut(part, "=")
		key, value = strings.TrimSpace(key), strings.TrimSpace(value)
		if !ok || value == "" {
			return s, fmt.Errorf("%q is not KEY=VALUE, as in prompt.version=8", part)
		}
		var err error
		switch key {
		case "variant":
			s.Variant = value
		case "prompt.version", "prompt_version":
			s.PromptVersion = value
		case "model", "gen_ai.response.model":
			s.Model = value
		case "since":
			s.From, err = when(value)
		case "until":
			s.Until, err = when(value)
		default:
			return s, fmt.Errorf("%q is nothing that sides can differ by: want variant, prompt.version, model, since or until", key)
		}
		if err != nil {
			return s, fmt.Errorf("%s: %w", key, err)
		}
	}
	s.From, s.Until = s.From.Truncate(time.Hour), s.Until.Add(time.Hour-1).Truncate(time.Hour)
	if !s.From.Before(s.Until) {
		return s, fmt.Errorf("begins %s, not before it ends %s", s.From.Format(time.RFC3339), s.Until.Format(time.RFC3339))
	}
	return s, nil
}
