// Command benchdrift measures what drift detection costs and finds: false
// pages per 30 days on traffic where nothing happens, and how soon planted
// shifts are paged, for Windage and for the rules that other tools ship, on the
// same streams in one run. `make bench-drift` runs it; docs/benchmarks/drift.md
// tells how to read it.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"
	"time"
)

func main() {
	size := flag.String("size", "quick", "quick (about a minute) or full")
	out := flag.String("out", "", "file for the figures as JSON")
	flights := flag.String("flights", "", "flights-3m.parquet of the npm package vega-datasets; empty: without real flights")
	only := flag.String("only", "", "one part: evaluation, simulated or flights; empty: all")
	flag.Parse()
	switch *only {
	case "", "evaluation", "simulated", "flights":
	default:
		log.Fatalf("-only is %q; it must be evaluation, simulated or flights", *only)
	}
	if *size != "quick" && *size != "full" {
		log.Fatalf("-size is %q; it must be quick or full", *size)
	}
	began := time.Now()
	f := figures{}
	wanted := func(part string) bool { return *only == "" || *only == part }
	if wanted("evaluation") {
		evaluation(f)
	}
	if wanted("simulated") {
		simulated(f, *size == "full")
	}
	switch {
	case !wanted("flights"):
	case *flights == "":
		fmt.Println("flights: skipped, no file given (-flights)")
	default:
		if err := realFlights(f, *flights, *size == "full"); err != nil {
			log.Fatal(err)
		}
	}
	fmt.Printf("took %s\n", time.Since(began).Round(time.Second))
	if *out == "" {
		return
	}
	b, err := json.MarshalIndent(f, "", " ")
	if err == nil {
		err = os.WriteFile(*out, append(b, '\n'), 0o644)
	}
	if err != nil {
		log.Fatal(err)
	}
}

// figure is one number of the report; a baseline is what another tool's rule
// does on the same streams.
type figure struct {
	Value    float64  `json:"value"`
	Baseline *float64 `json:"baseline"`
	Ratio    *float64 `json:"ratio"`
	Unit     string   `json:"unit"`
	N        int      `json:"n"`
	Low      *float64 `json:"low,omitempty"` // 95 % Poisson interval of a rate
	High     *float64 `json:"high,omitempty"`
}

type figures map[string]figure
