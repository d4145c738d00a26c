package comparison

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/windage-dev/windage/internal/table"
)

// Constraints are the checks of a SageMaker Model Monitor constraints.json.
type Constraints struct {
	Features []struct {
		Name         string   `json:"name"`
		Type         string   `json:"inferred_type"` // Integral, Fractional, String, Unknown
		Completeness *float64 `json:"completeness"`
		Numbers      *struct {
			NonNegative bool `json:"is_non_negative"`
		} `json:"num_constraints"`
		Texts *struct {
			Domains []string `json:"domains"`
		} `json:"string_constraints"`
		// Overrides of the distribution constraints, under either of two names.
		Overrides  monitoring `json:"monitoring_config_overrides"`
		Overrides2 monitoring `json:"monitoringConfigOverrides"`
	} `json:"features"`
	Config monitoring `json:"monitoring_config"`

	// Statistics, where they are known, let distributions be compared.
	Statistics *Statistics `json:"-"`
}

type monitoring struct {
	Type         *float64     `json:"datatype_check_threshold"`
	Domain       *float64     `json:"domain_content_threshold"`
	Distribution distribution `json:"distribution_constraints"`
}

// Violation is one broken constraint, in the form of SageMaker's
// constraint_violations.json.
type Violation struct {
	Feature     string `json:"feature_name"`
	Check       string `json:"constraint_check_type"`
	Description string `json:"description"`
}

// Violations is the outcome of a check.
type Violations struct {
	Rows       int         `json:"rows"`
	Checked    int         `json:"checked_constraints"`
	Violations []Violation `json:"violations"`
	// NotChecked are the constraints that could not be checked, and why.
	NotChecked []string `json:"not_checked,omitempty"`
}

// ReadConstraints reads a constraints.json.
func ReadConstraints(path string) (*Constraints, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var c Constraints
	if err := json.Unmarshal(raw, &c); err != nil {
		return nil, fmt.Errorf("reading constraints %s: %w", path, err)
	}
	if len(c.Features) == 0 {
		return nil, fmt.Errorf(`reading constraints %s: it has no "features"; a SageMaker constraints.json is needed`, path)
	}
	return &c, nil
}

// Check checks a data file against the constraints: columns that are lost or
// new, types, completeness, sign, and known texts. Shares are compared with the
// thresholds of the file, 1 (all rows) where it states none.
func (c *Constraints) Check(path string, format table.Format) (*Violations, error) {
	t, err := table.Open(path, table.Options{Format: format, Strict: true})
	if err != nil {
		return nil, err
	}
	defer func() { _ = t.Close() }()
	if t.Rows() == 0 {
		return nil, fmt.Errorf("%s: it has no rows, so that nothing can be checked", path)
	}
	out := &Violations{Rows: t.Rows(), Violations: []Violation{}}
	broken := func(feature, check, format string, args ...any) {
		out.Violations = append(out.Violations, Violation{feature, check, fmt.Sprintf(format, args...)})
	}
	names, known := t.Names(), map[string]bool{}
	for _, f := range c.Features {
		known[f.Name] = true
		out.Checked++
		if !slices.Contains(names, f.Name) {
			broken(f.Name, "missing_column_check", "the column is not in the data")
			continue
		}
		col, err := t.Column(f.Name)
		if err != nil {
			return nil, err
		}
		present := col.Rows - col.Nulls
		if share := ofType(col, f.Type); f.Type != "Unknown" && f.Type != "" && present > 0 {
			out.Checked++
			if least := orOne(c.Config.Type); share < least {
				broken(f.Name, "data_type_check", "%s of the values are %s, at least %s must be", percentOf(share), f.Type, percentOf(least))
			}
		}
		if f.Completeness != nil && col.Rows > 0 {
			out.Checked++
			if share := float64(present) / float64(col.Rows); share < *f.Completeness {
				broken(f.Name, "completeness_check", "%s of the values are there, at least %s must be", percentOf(share), percentOf(*f.Completeness))
			}
		}
		if f.Numbers != nil && f.Numbers.NonNegative && col.Kind == table.Number {
			out.Checked++
			negative := 0
			for _, v := range col.Values {
				if v < 0 {
					negative++
				}
			}
			if negative > 0 {
				broken(f.Name, "non_negative_check", "%d values are below 0", negative)
			}
		}
		if of := c.Config.Distribution.over(f.Overrides.Distribution).over(f.Overrides2.Distribution); c.Statistics != nil && of.Perform != "Disabled" {
			violation, unmeasured := of.compare(c.Statistics, col)
			switch {
			case unmeasured != "":
				out.NotChecked = append(out.NotChecked, fmt.Sprintf("baseline_drift_check of %s: not measurable, because %s", f.Name, unmeasured))
			default:
				out.Checked++
				if violation != "" {
					broken(f.Name, "baseline_drift_check", "%s", violation)
				}
			}
		}
		if f.Texts != nil && len(f.Texts.Domains) > 0 && col.Kind == table.Text && present > 0 {
			out.Checked++
			inside := int64(0)
			for word, n := range col.Counts() {
				if slices.Contains(f.Texts.Domains, word) {
					inside += n
				}
			}
			if share, least := float64(inside)/float64(present), orOne(c.Config.Domain); share < least {
				broken(f.Name, "domain_content_check", "%s of the values are known, at least %s must be", percentOf(share), percentOf(least))
			}
		}
	}
	for _, n := range names {
		if !known[n] {
			broken(n, "extra_column_check", "the column is not among the constraints")
		}
	}
	return out, nil
}

func orOne(v *float64) float64 {
	if v == nil {
		return 1
	}
	return *v
}

func percentOf(v float64) string { return fmt.Sprintf("%.4g %%", 100*v) }

// ofType is the share of the values that are there which have a SageMaker type.
func ofType(c *table.Column, kind string) float64 {
	present := float64(c.Rows - c.Nulls)
	switch {
	case kind == "String":
		if c.Kind == table.Text || c.Kind == table.Time {
			return 1
		}
	case c.Kind == table.Text:
		n := 0.0
		for word, rows := range c.Counts() {
			if v, err := strconv.ParseFloat(word, 64); err == nil && (kind == "Fractional" || v == math.Trunc(v)) {
				n += float64(rows)
			}
		}
		return n / present
	case c.Kind == table.Number:
		n := 0.0
		for _, v := range c.Values {
			if v == v && (kind == "Fractional" || v == math.Trunc(v)) {
				n++
			}
		}
		return n / present
	}
	return 0
}

// Terminal writes the outcome as a table.
func (v *Violations) Terminal(w io.Writer, width int) error {
	var b strings.Builder
	rows := [][]string{{"COLUMN", "CHECK", "WHY"}}
	for _, x := range v.Violations {
		rows = append(rows, []string{x.Feature, x.Check, x.Description})
	}
	if len(v.Violations) > 0 {
		grid(&b, rows, width)
		b.WriteString("\n")
	}
	fmt.Fprintf(&b, "%d constraints checked on %s rows, %d broken.\n", v.Checked, thousands(v.Rows), len(v.Violations))
	for _, n := range v.NotChecked {
		fmt.Fprintln(&b, n)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
