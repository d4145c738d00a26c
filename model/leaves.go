package model

// Leaf is a part of a call's tokens that overlaps with no other part.
type Leaf struct {
	Type   string // input, cache_read, cache_write, input_audio, …, output, reasoning, …
	Tokens int64
}

// Leaves parts the tokens of a call so that every token is in one part: the
// parts of the input add up to InputTotal and those of the output to
// OutputTotal. A subset larger than its total (which normalize flags) is cut
// to what is left, so that no part is negative. Unknown totals have no parts.
// The parts are appended to dst; those without tokens are left out.
func (u *Usage) Leaves(dst []Leaf) []Leaf {
	if u.InputTotal.Known && u.InputTotal.N >= 0 {
		rest := u.InputTotal.N
		part := func(name string, n int64) {
			if n = min(max(n, 0), rest); n > 0 {
				dst = append(dst, Leaf{name, n})
				rest -= n
			}
		}
		part("cache_read", u.CacheRead.Or(0))
		part("cache_write", u.CacheWrite.Or(0))
		part("input_audio", u.InputAudio.Or(0)-u.CacheReadAudio.Or(0))
		part("input_image", u.InputImage.Or(0)-u.CacheReadImage.Or(0))
		part("input_video", u.InputVideo.Or(0)-u.CacheReadVideo.Or(0))
		part("input", rest)
	}
	if u.OutputTotal.Known && u.OutputTotal.N >= 0 {
		rest := u.OutputTotal.N
		part := func(name string, n int64) {
			if n = min(max(n, 0), rest); n > 0 {
				dst = append(dst, Leaf{name, n})
				rest -= n
			}
		}
		part("reasoning", u.Reasoning.Or(0))
		part("output_audio", u.OutputAudio.Or(0))
		part("output_image", u.OutputImage.Or(0))
		part("output_video", u.OutputVideo.Or(0))
		part("output", rest)
	}
	return dst
}
