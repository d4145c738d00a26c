package store

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"text/template"
	"time"
)

//go:embed schema/*.sql schema/views/*.sql
var schemaFiles embed.FS

// migration is one file of the schema.
type migration struct {
	version  int    // 0 for a view
	name     string // file name
	checksum string // of the text, unrendered
	text     string
	shard    string // sharding expression in a cluster; "" for what is not a table, "none" for one table on every node
}

var (
	fileName  = regexp.MustCompile(`^(\d{4})_([a-z0-9_]+)\.sql$`)
	shardLine = regexp.MustCompile(`(?m)^-- shard by: (.+)$`)
	comments  = regexp.MustCompile(`(?m)^\s*--.*\n`)
)

// migrations are the numbered files, in order.
func migrations() ([]migration, error) { return readMigrations(schemaFiles) }

func readMigrations(files fs.FS) ([]migration, error) {
	entries, err := fs.ReadDir(files, "schema")
	if err != nil {
		return nil, fmt.Errorf("store: reading the schema: %w", err)
	}
	var out []migration
	for _, e := range entries {
		m := fileName.FindStringSubmatch(e.Name())
		if m == nil {
			continue
		}
		mig, err := readMigration(files, path.Join("schema", e.Name()))
		if err != nil {
			return nil, err
		}
		mig.version, _ = strconv.Atoi(m[1])
		if mig.version != len(out)+1 {
			return nil, fmt.Errorf("store: schema file %s is number %d, want %d: numbers are dense and never reused", e.Name(), mig.version, len(out)+1)
		}
		out = append(out, mig)
	}
	return out, nil
}

// views are the files that are applied anew whenever their text has changed,
// in the order of their names.
func views() ([]migration, error) {
	entries, err := fs.ReadDir(schemaFiles, "schema/views")
	if err != nil {
		return nil, fmt.Errorf("store: reading the views: %w", err)
	}
	var out []migration
	for _, e := range entries {
		m, err := readMigration(schemaFiles, path.Join("schema/views", e.Name()))
		if err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	return out, nil
}

func readMigration(files fs.FS, name string) (migration, error) {
	b, err := fs.ReadFile(files, name)
	if err != nil {
		return migration{}, fmt.Errorf("store: reading %s: %w", name, err)
	}
	sum := sha256.Sum256(b)
	m := migration{name: path.Base(name), checksum: hex.EncodeToString(sum[:8]), text: string(b)}
	if s := shardLine.FindStringSubmatch(m.text); s != nil {
		m.shard = strings.TrimSpace(s[1])
	}
	return m, nil
}

// ddl is what a schema file may use.
type ddl struct {
	database  string
	cluster   string
	shard     string
	days      int
	content   int
	onCluster string
}

func (s *Store) ddl(m migration) ddl {
	days := func(d time.Duration) int { return max(1, int(d.Hours()/24)) }
	d := ddl{database: s.opts.Database, cluster: s.opts.Cluster, shard: m.shard, days: days(s.opts.Retention), content: days(s.opts.ContentRetention)}
	if d.cluster != "" {
		d.onCluster = "ON CLUSTER " + ident(d.cluster)
	}
	return d
}

// OnCluster is the ON CLUSTER clause, or nothing.
func (d ddl) OnCluster() string { return d.onCluster }

// Engine is a MergeTree family engine, replicated in a cluster.
func (d ddl) Engine(engine string) string {
	if d.cluster == "" {
		return engine
	}
	name, args, _ := strings.Cut(strings.TrimSuffix(engine, ")"), "(")
	// A table that is not sharded is one table whose replicas are all nodes.
	where := "'/clickhouse/tables/{shard}/{database}/{table}', '{replica}'"
	if d.shard == "none" {
		where = "'/clickhouse/tables/all/{database}/{table}', '{shard}-{replica}'"
	}
	if args != "" {
		where += ", " + args
	}
	return "Replicated" + name + "(" + where + ")"
}

// TTL deletes rows whose time is older than the retention.
func (d ddl) TTL(column string) string { return ttl(column, d.days) }

// ContentTTL deletes content whose time is older than its own retention.
func (d ddl) ContentTTL(column string) string { return ttl(column, d.content) }

func ttl(column string, days int) string {
	return fmt.Sprintf("TTL %s + INTERVAL %d DAY DELETE", column, days)
}

// DedupWindow lets an insert that is sent again with the same token be
// recognised, in the table and in what its materialised views feed.
func (d ddl) DedupWindow() string {
	if d.cluster != "" {
		return "replicated_deduplication_window = 10000"
	}
	return "non_replicated_deduplication_window = 10000"
}

// render gives the statements of a file: one, and in a cluster a second one
// for the Distributed table over the local ones.
func (s *Store) render(m migration) ([]string, error) {
	d := s.ddl(m)
	var defined string
	local := func(name string) string {
		if d.cluster != "" && shardedTables()[name] {
			return name + "_local"
		}
		return name
	}
	funcs := template.FuncMap{
		// table is where rows are written by DDL: the local table in a cluster.
		"table": func(name string) string {
			if defined == "" {
				defined = name
			}
			return ident(d.database) + "." + ident(local(name))
		},
		// name is a view, or a table as its readers see it.
		"name": func(name string) string { return ident(d.database) + "." + ident(name) },
	}
	t, err := template.New(m.name).Funcs(funcs).Option("missingkey=error").Parse(comments.ReplaceAllString(m.text+"\n", ""))
	if err != nil {
		return nil, fmt.Errorf("store: schema file %s: %w", m.name, err)
	}
	var b strings.Builder
	if err := t.Execute(&b, d); err != nil {
		return nil, fmt.Errorf("store: schema file %s: %w", m.name, err)
	}
	out := []string{tidy(b.String())}
	if d.cluster != "" && m.shard != "" && m.shard != "none" {
		out = append(out, fmt.Sprintf("CREATE TABLE IF NOT EXISTS %s %s AS %s\nENGINE = Distributed(%s, %s, %s, %s)",
			ident(d.database)+"."+ident(defined), d.onCluster, ident(d.database)+"."+ident(local(defined)),
			ident(d.cluster), ident(d.database), ident(local(defined)), m.shard))
	}
	return out, nil
}

// shardedTables are the tables whose files name a sharding expression: in a
// cluster they have a local part on every shard.
var shardedTables = sync.OnceValue(func() map[string]bool {
	out := map[string]bool{}
	ms, _ := migrations() // an error shows where the files are applied
	for _, m := range ms {
		if m.shard != "" && m.shard != "none" {
			out[fileName.FindStringSubmatch(m.name)[2]] = true
		}
	}
	return out
})

// tidy drops the white space that empty template parts leave.
func tidy(sql string) string {
	var lines []string
	for l := range strings.SplitSeq(strings.TrimSpace(sql), "\n") {
		if l = strings.TrimRight(l, " "); strings.TrimSpace(l) != "" {
			lines = append(lines, l)
		}
	}
	return strings.Join(lines, "\n")
}
