package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/windage-dev/windage/store"
)

func init() { register(newSchema) }

func newSchema() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "schema",
		Short: "The ClickHouse schema: print, apply, check",
		Long: `The ClickHouse schema. "windage run" applies it by itself where its user may;
where it may not, apply it beforehand with a user who may, and give the
serving user SELECT and INSERT only.`,
		Example: `  windage schema print --cluster main
  windage schema apply --dsn clickhouse://admin:…@ch:9000/windage
  windage schema check --dsn clickhouse://app:…@ch:9000/windage`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newSchemaPrint(), newSchemaApply(), newSchemaCheck())
	return cmd
}

func newSchemaPrint() *cobra.Command {
	var o store.Options
	cmd := &cobra.Command{
		Use:     "print",
		Short:   "Print every statement, as it would be applied to an empty database",
		Example: "  windage schema print --cluster main > schema.sql",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			text, err := store.PrintSchema(o)
			if err != nil {
				return err
			}
			_, err = fmt.Fprint(cmd.OutOrStdout(), text)
			return err
		},
	}
	cmd.Flags().StringVar(&o.Database, "database", store.DefaultDatabase, "database that holds the tables")
	cmd.Flags().StringVar(&o.Cluster, "cluster", "", "ClickHouse cluster, where the tables are replicated and distributed")
	return cmd
}

func newSchemaApply() *cobra.Command {
	var from storeFlags
	cmd := &cobra.Command{
		Use:     "apply",
		Short:   "Bring the database to this binary's schema; twice changes nothing",
		Example: "  windage schema apply --dsn clickhouse://admin:…@ch:9000/windage",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return from.with(cmd.Context(), func(ctx context.Context, s *store.Store) error {
				if err := s.Migrate(ctx); err != nil {
					return Failed(err)
				}
				_, err := fmt.Fprintf(cmd.OutOrStdout(), "database %s has this binary's schema\n", s.Database())
				return err
			})
		},
	}
	from.register(cmd)
	return cmd
}

func newSchemaCheck() *cobra.Command {
	var from storeFlags
	cmd := &cobra.Command{
		Use:     "check",
		Short:   "Say whether the database has this binary's schema (exit 1 where not)",
		Example: "  windage schema check --dsn clickhouse://app:…@ch:9000/windage",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return from.with(cmd.Context(), func(ctx context.Context, s *store.Store) error {
				err := s.Check(ctx)
				var schema *store.SchemaError
				if errors.As(err, &schema) {
					return Failed(err)
				}
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "database %s has this binary's schema\n", s.Database())
				return err
			})
		},
	}
	from.register(cmd)
	return cmd
}

// with opens the store, runs fn and closes it.
func (f *storeFlags) with(ctx context.Context, fn func(context.Context, *store.Store) error) error {
	s, closeStore, err := f.open(ctx)
	if err != nil {
		return err
	}
	defer closeStore()
	return fn(ctx, s)
}
