package store

import (
	"embed"
	"fmt"
	"strings"
	"sync"
	"text/template"
	"time"
)

//go:embed query/*.sql
var queryFiles embed.FS

// queries are the files of query/, rendered for this store's database. A file
// may include another by its name.
type queries struct {
	once sync.Once
	sql  map[string]string
	err  error
}

// query is the text of query/<name>.
func (s *Store) query(name string) (string, error) {
	q := &s.queries
	q.once.Do(func() { q.sql, q.err = s.renderQueries() })
	if q.err != nil {
		return "", q.err
	}
	text, ok := q.sql[name]
	if !ok {
		return "", fmt.Errorf("store: there is no query %s", name)
	}
	return text, nil
}

func (s *Store) renderQueries() (map[string]string, error) {
	root := template.New("").Funcs(template.FuncMap{"table": s.table}).Option("missingkey=error")
	entries, err := queryFiles.ReadDir("query")
	if err != nil {
		return nil, fmt.Errorf("store: reading the queries: %w", err)
	}
	sided := map[string]bool{} // those that can be held to one side of a comparison
	for _, e := range entries {
		b, err := queryFiles.ReadFile("query/" + e.Name())
		if err != nil {
			return nil, fmt.Errorf("store: reading query %s: %w", e.Name(), err)
		}
		sided[e.Name()] = strings.Contains(string(b), "{{.Side}}")
		if _, err := root.New(e.Name()).Parse(comments.ReplaceAllString(string(b)+"\n", "")); err != nil {
			return nil, fmt.Errorf("store: query %s: %w", e.Name(), err)
		}
	}
	out := map[string]string{}
	for _, e := range entries {
		// A query that is the same for several sources of rows is one per source.
		names := map[string]string{e.Name(): ""}
		if sided[e.Name()] {
			names[of(e.Name(), oneSide)] = ""
		}
		if e.Name() == blocksQuery || e.Name() == examplesQuery {
			names = map[string]string{}
			for _, source := range blockSources {
				names[of(e.Name(), source)] = source
			}
		}
		for name, source := range names {
			var b strings.Builder
			with := map[string]string{"Source": source, "Side": ""}
			if name == of(e.Name(), oneSide) {
				with["Side"] = sideCondition
			}
			if err := root.ExecuteTemplate(&b, e.Name(), with); err != nil {
				return nil, fmt.Errorf("store: query %s: %w", e.Name(), err)
			}
			out[name] = tidy(b.String())
		}
	}
	return out, nil
}

const blocksQuery, examplesQuery = "rollup_blocks.sql", "series_examples.sql"

// blockSources are where series come from.
var blockSources = []string{fromSpans, fromTasks, fromSaid}

const fromSpans, fromTasks, fromSaid = "spans", "tasks", "said"

// blocksOf is the name of the query that recomputes the series of a source.
func blocksOf(source string) string { return of(blocksQuery, source) }

func of(query, source string) string { return query + "/" + source }

// unix are times as the queries take them: seconds since 1970.
func unix(ts []time.Time) []uint32 {
	out := make([]uint32, len(ts))
	for i, t := range ts {
		out[i] = uint32(t.Unix())
	}
	return out
}
