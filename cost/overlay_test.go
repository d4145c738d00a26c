package cost_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/cost"
	"github.com/windage-dev/windage/model"
)

func overlay(t *testing.T, yaml string) *cost.File {
	t.Helper()
	f, err := cost.Parse("dearer", []byte(yaml))
	require.NoError(t, err)
	return f
}

const dearer = "version: 1\nchecked_at: 2026-11-20\nproviders:\n- {id: openai, models: [{id: gpt-4o, prices: [{rates: {input_mtok: 5, output_mtok: 20}}]}]}\n"

func TestAContractFollowsTheNamesOfTheRowItOverrides(t *testing.T) {
	book, err := cost.NewBookWithBundled(overlay(t, dearer))
	require.NoError(t, err)
	for name, want := range map[string]string{
		"gpt-4o": "0.007", "gpt-4o-2024-08-06": "0.007", "gpt-4o-2024-11-20": "0.007", "GPT-4o-2024-11-20": "0.007",
		"gpt-4o-2024-05-13": "0.0065", // a bundled row of its own
		"gpt-4o-mini":       "0.00021",
	} {
		require.Equal(t, want, book.Price(call("openai", name, "2026-08-22T00:00:00Z")).USD.String(), name)
	}
	azure := book.Price(call("azure", "gpt-4o", "2026-08-22T00:00:00Z"))
	require.Equal(t, "0.0035", azure.USD.String(), "another seller, another contract")

	t.Run("a match of its own is all that it has", func(t *testing.T) {
		own := strings.Replace(dearer, "{id: gpt-4o,", "{id: gpt-4o, match: {equals: gpt-4o},", 1)
		book, err := cost.NewBookWithBundled(overlay(t, own))
		require.NoError(t, err)
		require.Equal(t, "0.0035", book.Price(call("openai", "gpt-4o-2024-08-06", "2026-08-22T00:00:00Z")).USD.String())
	})
	t.Run("the date's own row wins over the row that has all dates", func(t *testing.T) {
		own := strings.Replace(dearer, "models: [", "models: [{id: gpt-4o-2024-08-06, prices: [{rates: {input_mtok: 1, output_mtok: 1}}]}, ", 1)
		book, err := cost.NewBookWithBundled(overlay(t, own))
		require.NoError(t, err)
		require.Equal(t, "0.0011", book.Price(call("openai", "gpt-4o-2024-08-06", "2026-08-22T00:00:00Z")).USD.String())
		require.Equal(t, "0.007", book.Price(call("openai", "gpt-4o-2024-11-20", "2026-08-22T00:00:00Z")).USD.String())
	})
}

func TestCheckSaysWhatARowCovers(t *testing.T) {
	found, err := cost.Coverage(overlay(t, dearer))
	require.NoError(t, err)
	require.Equal(t, []cost.Problem{
		{Severity: "note", Where: "openai/gpt-4o", What: "covers gpt-4o and what the bundled row of the same id covers: gpt-4o, gpt-4o-2024-08-06, gpt-4o-2024-11-20"},
		{Severity: "warning", Where: "openai/gpt-4o", What: "another bundled row of the same model, openai/gpt-4o-2024-05-13, keeps its own names and price: gpt-4o-2024-05-13"},
	}, found)
	found, err = cost.Coverage(overlay(t, strings.ReplaceAll(dearer, "id: gpt-4o,", "id: gpt-4o-2024-08-06,")))
	require.NoError(t, err)
	require.Equal(t, "covers only the name gpt-4o-2024-08-06", found[0].What)
	require.Contains(t, found[1].What, "openai/gpt-4o has this name among others and keeps them")
}

func TestCheckFindsMistakenUnitsAndDatesToCome(t *testing.T) {
	now := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	what := func(yaml string) (out string) {
		f := overlay(t, yaml)
		found := cost.Check(f, now)
		covers, err := cost.Coverage(f)
		require.NoError(t, err)
		for _, p := range append(found, covers...) {
			out += p.Severity + " " + p.What + "\n"
		}
		return out
	}
	require.Contains(t, what(strings.Replace(dearer, "input_mtok: 5", `input_mtok: "0.0000025"`, 1)), "warning input costs 0.0000025 USD per million tokens: is that per token")
	require.Contains(t, what(strings.Replace(dearer, "input_mtok: 5", `input_mtok: "0.0025"`, 1)), "in the bundled table: is the unit mistaken?", "per thousand, where no floor for all models could tell")
	require.Contains(t, what(strings.Replace(dearer, "2026-11-20", "2030-01-01", 1)), "error checked_at 2030-01-01 lies in the future")
	require.NotContains(t, what(dearer), "error")
	main, err := cost.BundledFile()
	require.NoError(t, err)
	for _, p := range cost.Check(main, now) {
		require.NotContains(t, p.What, "is that per", p.Where)
	}
}

func TestAnOverlayRemovesNothing(t *testing.T) {
	main, err := cost.BundledFile()
	require.NoError(t, err)
	at := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	f := overlay(t, dearer)
	d, err := cost.Diff(main, f, at)
	require.NoError(t, err)
	for _, x := range d {
		require.Equal(t, "gpt-4o", x.Model)
	}
	require.Contains(t, d, cost.Difference{Provider: "openai", Model: "gpt-4o", Unit: "input", From: "2.5 USD per million", To: "5 USD per million"})
	require.Contains(t, d, cost.Difference{Provider: "openai", Model: "gpt-4o", Unit: "cache_read", From: "1.25 USD per million"}, "the row replaces the whole row")

	dated, err := cost.Diff(main, overlay(t, strings.Replace(dearer, "id: gpt-4o,", "id: gpt-4o-2024-08-06,", 1)), at)
	require.NoError(t, err)
	require.Contains(t, dated, cost.Difference{Provider: "openai", Model: "gpt-4o-2024-08-06", Unit: "input", From: "2.5 USD per million", To: "5 USD per million"})

	f.Complete = true
	whole, err := cost.Diff(main, f, at)
	require.NoError(t, err)
	require.Greater(t, len(whole), 1000, "a whole table that lacks the rest removes it")
}

func TestAnswersNameTheUnitWithoutARate(t *testing.T) {
	book := bundled(t)
	for in, want := range map[string]string{
		`{"provider":"openai","model":"gpt-4o","usage":{"input":10,"output":1,"bananas":3}}`:                 "no rate for bananas, which no unit is called",
		`{"provider":"openai","model":"gpt-3.5-turbo","usage":{"input":10,"output":1,"input_characters":7}}`: "",
		`{"provider":"openai","model":"gpt-3.5-turbo","usage":{"input":10,"output":1,"code_executions":7}}`:  "no rate for code_executions",
	} {
		r, err := cost.ParseRequest([]byte(in))
		require.NoError(t, err)
		a := book.Answer(&r, time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC), false)
		require.Equal(t, want, a.Detail, in)
		require.Empty(t, a.Error)
	}
}

func TestMistakesNameNoTypeOfOurs(t *testing.T) {
	_, err := cost.ParseRequest([]byte(`{"provider":3}`))
	require.EqualError(t, err, "provider is a number, which it cannot be")
	_, err = cost.Parse("own.yaml", []byte("version: 1\nproviders: {a: 1}\n"))
	require.ErrorContains(t, err, "providers is an object, which it cannot be")
	require.NotContains(t, err.Error(), "Go struct")
}

func TestAPriceThatIsMissingIsNotUsageThatIs(t *testing.T) {
	gaps := cost.NewGaps(bundled(t))
	gaps.Add(call("openai", "gpt-nobody-knows", "2026-08-22T00:00:00Z"))
	silent := call("openai", "gpt-4o-mini", "2026-08-22T00:00:00Z")
	silent.InputTotal, silent.OutputTotal = model.Int{}, model.Int{}
	for range 3 {
		gaps.Add(silent)
	}
	list := gaps.List()
	require.Len(t, list, 2)
	require.True(t, list[0].WantsPrice())
	require.Equal(t, "gpt-nobody-knows", list[0].Model, "what wants a price stands first")
	require.False(t, list[1].WantsPrice())
	require.Equal(t, cost.ReasonNoUsage, list[1].Reason)
}

func TestRowsSayWhereTheyAreFrom(t *testing.T) {
	rows := bundled(t).List("openai", "gpt-4o-mini")
	require.NotEmpty(t, rows)
	require.NotEmpty(t, rows[0].Checked)
	require.Contains(t, rows[0].From, "genai-prices ")
	require.Contains(t, rows[0].URL, "https://")
}
