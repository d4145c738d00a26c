package cli

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/windage-dev/windage/cost"
)

func init() { register(newPrice) }

func newPrice() *cobra.Command {
	var files []string
	var explain bool
	cmd := &cobra.Command{
		Use:   "price [FILE…]",
		Short: "Price model calls: JSONL in, JSONL out",
		Long: `Price model calls. Each line in is one call, each line out its price:

  in   {"id", "provider", "model", "timestamp", "usage": {"input", "output", "cache_read", …},
        "service_tier"?, "batch"?, "region"?, "rates"?, "raw_response"?, "api_flavor"?}
  out  {"id", "usd", "status", "reason", "matched_model", "price_row", "table_sha256", "components"}

usage counts are inclusive: input holds everything sent, cache_read is a part of it. usd is an
exact decimal, and null where the call cannot be priced; reason then says why. rates override the
table. raw_response, a provider's own body, is read where usage is absent.

Exit code 1 where a line could not be read; the other lines are priced all the same.`,
		Example: `  echo '{"id":1,"provider":"openai","model":"gpt-4o","usage":{"input":1000,"output":100}}' | windage price`,
		RunE: func(cmd *cobra.Command, args []string) error {
			book, err := cost.Load(files...)
			if err != nil {
				return err
			}
			in, done, err := openAll(cmd.InOrStdin(), args)
			if err != nil {
				return err
			}
			defer done()
			return priceLines(book, in, cmd.OutOrStdout(), cmd.ErrOrStderr(), explain)
		},
	}
	cmd.Flags().StringArrayVar(&files, "prices", nil, "price file of your own (canonical, LiteLLM or genai-prices); may be repeated, the first wins")
	cmd.Flags().BoolVar(&explain, "explain", false, "add the arithmetic to each answer")
	return cmd
}

// maxLine bounds one line of input; raw responses with content can be long.
const maxLine = 64 << 20

func priceLines(book *cost.Book, in io.Reader, stdout, stderr io.Writer, explain bool) error {
	out := bufio.NewWriter(stdout)
	defer func() { _ = out.Flush() }()
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	now := time.Now().UTC()
	bad, line := 0, 0
	err := eachJSON(in, func(raw []byte) error {
		line++
		req, err := cost.ParseRequest(raw)
		var a cost.Answer
		if err != nil {
			a = cost.BadRequest(req.ID, err)
		} else {
			a = book.Answer(&req, now, explain)
		}
		if a.Error != "" {
			bad++
			_, _ = fmt.Fprintf(stderr, "windage: price: call %d: %s\n", line, a.Error)
		}
		return enc.Encode(a)
	})
	if err != nil {
		return err
	}
	if line == 0 {
		_, _ = fmt.Fprintln(stderr, "windage: price: the input holds no call")
	}
	if bad > 0 {
		_ = out.Flush()
		return Failed(fmt.Errorf("%d of %d calls could not be read", bad, line))
	}
	return nil
}

// eachJSON calls f with each JSON value of a JSONL stream or of one array.
func eachJSON(in io.Reader, f func([]byte) error) error {
	r := bufio.NewReaderSize(in, 1<<20)
	if first, err := firstByte(r); err == nil && first == '[' {
		dec := json.NewDecoder(r)
		if _, err := dec.Token(); err != nil {
			return err
		}
		for dec.More() {
			var raw json.RawMessage
			if err := dec.Decode(&raw); err != nil {
				return fmt.Errorf("reading the array: %w", err)
			}
			if err := f(raw); err != nil {
				return err
			}
		}
		return nil
	}
	s := bufio.NewScanner(r)
	s.Buffer(make([]byte, 64<<10), maxLine)
	for s.Scan() {
		if t := bytes.TrimSpace(s.Bytes()); len(t) > 0 {
			if err := f(t); err != nil {
				return err
			}
		}
	}
	if errors.Is(s.Err(), bufio.ErrTooLong) {
		return fmt.Errorf("a line is longer than %d MiB", maxLine>>20)
	}
	return s.Err()
}

func firstByte(r *bufio.Reader) (byte, error) {
	for {
		b, err := r.ReadByte()
		if err != nil {
			return 0, err
		}
		if b != ' ' && b != '\n' && b != '\r' && b != '\t' {
			return b, r.UnreadByte()
		}
	}
}

// openAll is the named files one after another, or standard input.
func openAll(stdin io.Reader, paths []string) (io.Reader, func(), error) {
	if len(paths) == 0 {
		return stdin, func() {}, nil
	}
	var readers []io.Reader
	var files []*os.File
	done := func() {
		for _, f := range files {
			_ = f.Close()
		}
	}
	for _, p := range paths {
		if p == "-" {
			readers = append(readers, stdin)
			continue
		}
		f, err := os.Open(p)
		if err != nil {
			done()
			return nil, nil, err
		}
		files = append(files, f)
		readers = append(readers, f, bytes.NewReader([]byte("\n")))
	}
	return io.MultiReader(readers...), done, nil
}
