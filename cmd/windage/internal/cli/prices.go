package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/windage-dev/windage/cost"
	"github.com/windage-dev/windage/internal/tabular"
)

func init() { register(newPrices) }

func newPrices() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "prices",
		Short: "List, compare, check and update the price book",
		Long: `The price book is the bundled table with the user's own files above it
(--prices, or prices.files in windage.yaml). Files may be in windage's own
format, LiteLLM's model_prices_and_context_window.json, or genai-prices' v2
data.json; their format is told from their content.`,
		Example: `  windage prices list openai gpt-5
  windage prices check --prices contract.yaml
  windage prices missing --since 7d`,
	}
	cmd.AddCommand(newPricesList(), newPricesShow(), newPricesDiff(), newPricesCheck(), newPricesUpdate(), newPricesUnits(), newPricesMissing(), newPricesSelfHosted())
	return cmd
}

// bookFlags say which price book a command uses.
type bookFlags struct{ files []string }

func (b *bookFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&b.files, "prices", nil, "price file of your own above the bundled table; may be repeated, the first wins")
}

func (b *bookFlags) load() (*cost.Book, error) { return cost.Load(b.files...) }

func formatFlag(cmd *cobra.Command, format *string) {
	cmd.Flags().StringVar(format, "format", "table", "output format: "+strings.Join(tabular.Formats, ", "))
}

// writeTable writes rows in a format of internal/tabular.
func writeTable(out io.Writer, format string, columns []string, rows [][]any) error {
	if !slices.Contains(tabular.Formats, format) {
		return fmt.Errorf("--format %q is not known; choose one of %s", format, strings.Join(tabular.Formats, ", "))
	}
	w, err := tabular.New(format, out)
	if err != nil {
		return err
	}
	if err := w.Columns(columns); err != nil {
		return err
	}
	for _, r := range rows {
		if err := w.Row(r); err != nil {
			return err
		}
	}
	return w.Close()
}
