package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/windage-dev/windage/cost"
)

func newPricesUpdate() *cobra.Command {
	var from, to, checked string
	var dry, whole bool
	cmd := &cobra.Command{
		Use:   "update --from FILE",
		Short: "Turn a download of yours into a price file in windage's format, and show what changes",
		Long: `Read a price table that you downloaded (LiteLLM, genai-prices v2, or windage's
own format) and write it in windage's format, ready for prices.files in
windage.yaml. What changes against the file in place (or against the bundled
table) is shown first. Nothing is fetched: two replicas with different prices
would disagree. The file is replaced whole or not at all; a running windage
takes it over by itself. An overlay, a file of some models only, removes nothing
(see prices diff).`,
		Example: "  windage prices update --from model_prices_and_context_window.json --to prices.json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if from == "" {
				return errors.New("--from FILE is needed: the table that you downloaded")
			}
			f, err := cost.ReadFile(from)
			if err != nil {
				return err
			}
			if _, err := cost.NewBook(f); err != nil {
				return err
			}
			if f.CheckedAt = checked; checked == "" {
				st, err := os.Stat(from)
				if err != nil {
					return err
				}
				f.CheckedAt = st.ModTime().UTC().Format("2006-01-02")
			}
			f.Name = strings.TrimSuffix(filepath.Base(to), filepath.Ext(to))
			old, err := cost.BundledFile()
			if _, serr := os.Stat(to); serr == nil {
				old, err = cost.ReadFile(to)
			}
			if err != nil {
				return err
			}
			f.Complete = f.Complete || whole
			d, err := cost.Diff(old, f, time.Now().UTC())
			if err != nil {
				return err
			}
			changed, added, gone := 0, 0, 0
			for _, x := range d {
				switch {
				case x.From == "":
					added++
				case x.To == "":
					gone++
				default:
					changed++
					_, _ = fmt.Fprintf(cmd.OutOrStdout(), "%s/%s %s: %s → %s\n", x.Provider, x.Model, x.Unit, x.From, x.To)
				}
			}
			_, _ = fmt.Fprintf(cmd.ErrOrStderr(), "against %s: %d rates changed, %d new, %d no longer there\n", old.Name, changed, added, gone)
			if old.Complete && !f.Complete {
				_, _ = fmt.Fprintln(cmd.ErrOrStderr(), "the file is an overlay: models that it does not name keep their prices (--whole for a whole table)")
			}
			for _, n := range f.Notes() {
				_, _ = fmt.Fprintf(cmd.ErrOrStderr(), "note: %s\n", n)
			}
			if dry {
				return nil
			}
			data, err := f.Encode()
			if err != nil {
				return err
			}
			if _, err := cost.Parse(to, data); err != nil {
				return fmt.Errorf("the converted table cannot be read back: %w", err)
			}
			if err := replaceFile(to, data); err != nil {
				return err
			}
			_, _ = fmt.Fprintf(cmd.ErrOrStderr(), "wrote %s\n", to)
			return nil
		},
	}
	cmd.Flags().StringVar(&from, "from", "", "the table that you downloaded")
	cmd.Flags().StringVar(&to, "to", "prices.json", "the price file to write")
	cmd.Flags().StringVar(&checked, "checked-at", "", "the day the prices were taken (default: the file's date)")
	cmd.Flags().BoolVar(&dry, "dry-run", false, "show what would change, write nothing")
	cmd.Flags().BoolVar(&whole, "whole", false, "the file is a whole table: what it lacks is removed")
	return cmd
}

// replaceFile writes a file whole or not at all.
func replaceFile(path string, data []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".prices-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(tmp.Name()) }()
	_, err = io.Copy(tmp, bytes.NewReader(data))
	if err == nil {
		err = tmp.Sync()
	}
	if cerr := tmp.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Chmod(tmp.Name(), 0o644)
	}
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	return err
}
