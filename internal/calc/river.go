package calc

import (
	"errors"
	"math"

	"github.com/windage-dev/windage/drift/compat/river"
)

func init() {
	stream("ADWIN", func(c *Case) river.Detector {
		d := river.NewADWIN()
		d.Delta, d.Clock = c.Number("delta", d.Delta), c.Whole("clock", d.Clock)
		d.MaxBuckets, d.MinLength = c.Whole("max_buckets", d.MaxBuckets), c.Whole("min_window_length", d.MinLength)
		d.Pad = c.Whole("grace_period", d.Pad)
		return d
	})
	stream("PageHinkley", func(c *Case) river.Detector {
		d := river.NewPageHinkley()
		d.MinInstances, d.Delta = c.Number("min_instances", d.MinInstances), c.Number("delta", d.Delta)
		d.Threshold, d.Alpha = c.Number("threshold", d.Threshold), c.Number("alpha", d.Alpha)
		mode := c.Text("mode", "both")
		d.Up, d.Down = mode != "down", mode != "up"
		return d
	})
	stream("KSWIN", func(c *Case) river.Detector {
		d := river.NewKSWIN(uint32(c.Number("seed", 0)))
		d.Alpha, d.Window, d.Size = c.Number("alpha", d.Alpha), c.Whole("window_size", d.Window), c.Whole("stat_size", d.Size)
		return d
	})
	stream("DDM", func(c *Case) river.Detector {
		return &river.DDM{Warm: c.Number("warm_start", 30), Drift: c.Number("drift_threshold", 3)}
	})
	stream("EDDM", func(c *Case) river.Detector {
		return &river.EDDM{Warm: c.Number("warm_start", 30), Beta: c.Number("beta", .9)}
	})
	stream("HDDM_A", func(c *Case) river.Detector {
		return &river.HDDMA{Confidence: c.Number("drift_confidence", .001), TwoSided: c.Flag("two_sided_test", false)}
	})
	stream("HDDM_W", func(c *Case) river.Detector {
		return &river.HDDMW{Confidence: c.Number("drift_confidence", .001), Lambda: c.Number("lambda_val", .05), TwoSided: c.Flag("two_sided_test", false)}
	})
}

// stream registers a detector that runs over the values of current.
func stream(name string, detector func(*Case) river.Detector) {
	Register("river", name, func(c *Case) (Values, error) {
		s, err := c.Sample("current")
		if err != nil {
			return nil, err
		}
		for _, v := range s.X {
			if math.IsNaN(v) {
				return nil, errors.New("the stream has a missing value")
			}
		}
		if w, n := c.Number("window_size", 100), c.Number("stat_size", 30); name == "KSWIN" && !(n > 0 && 2*n <= w) {
			return nil, errors.New("stat_size must be above 0 and at most half of window_size")
		}
		if c.Number("clock", 32) < 1 {
			return nil, errors.New("clock must be at least 1")
		}
		return Values{"change_points": river.Changes(detector(c), s.X), "n": len(s.X)}, nil
	})
}
