package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/windage-dev/windage/internal/table"
)

// fileFlags say how a data file is written, where its content does not tell.
type fileFlags struct{ delimiter, decimal, dateOrder, timeFormat string }

// fileForms is what the help of a command says about its files.
const fileForms = `Files are CSV, TSV, JSON lines or Parquet, also compressed with gzip; "-" is the
standard input. What is between the cells of CSV (, ; tab or |), a decimal comma
and UTF-16 with its byte order mark are told from the content. A few rows with
too many or too few cells are left out and counted. A column in which most
values are numbers is one of numbers; the others are counted and the first of
them is named.`

func (f *fileFlags) register(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.StringVar(&f.delimiter, "delimiter", "", `what is between the cells of CSV: one character, or "tab" (default told from the file)`)
	fl.StringVar(&f.decimal, "decimal", "", "how numbers are written: point or comma (default told from the file)")
}

func (f *fileFlags) registerTimes(cmd *cobra.Command) {
	f.register(cmd)
	fl := cmd.Flags()
	fl.StringVar(&f.timeFormat, "time-format", "", "how the times of --time are written, as in strftime: such as '%d.%m.%Y %H:%M'")
	fl.StringVar(&f.dateOrder, "date-order", "", "how dates such as 05/11/2026 are written: dmy or mdy (default told from the dates)")
}

func (f *fileFlags) given() bool { return *f != fileFlags{} }

func (f *fileFlags) format() (out table.Format, err error) {
	switch {
	case f.delimiter == "" || f.delimiter == "tab" || f.delimiter == `\t`:
		if f.delimiter != "" {
			out.Delimiter = '\t'
		}
	case len(f.delimiter) > 1 || f.delimiter[0] > 126 || f.delimiter == `"` || f.delimiter == "\n":
		return out, fmt.Errorf(`--delimiter is %q; it is one ASCII character, such as ";", or "tab"`, f.delimiter)
	default:
		out.Delimiter = f.delimiter[0]
	}
	switch out.Decimal = f.decimal; f.decimal {
	case "", "point":
	case "comma":
		if out.Delimiter == ',' {
			return out, errors.New("--decimal comma and --delimiter , cannot both be: where does a number end?")
		}
	default:
		return out, fmt.Errorf("--decimal is %q; it is point or comma", f.decimal)
	}
	switch out.DateOrder = f.dateOrder; f.dateOrder {
	case "", table.DayFirst, table.MonthFirst:
	default:
		return out, fmt.Errorf("--date-order is %q; it is dmy or mdy", f.dateOrder)
	}
	if f.timeFormat != "" {
		if out.TimeFormat, err = table.ParseTimeFormat(f.timeFormat); err != nil {
			return out, fmt.Errorf("--time-format: %w", err)
		}
	}
	return out, nil
}
