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
	"slices"
	"strings"
	"time"
)

func main() {
	size := flag.String("size", "quick", "quick (about a minute) or full")
	out := flag.String("out", "", "file for the figures as JSON")
	flights := flag.String("flights", "", "flights-3m.parquet of the npm package vega-datasets; empty: without real flights")
	only := flag.String("only", "", "one part: "+strings.Join(parts, ", ")+"; empty: all")
	flag.Float64Var(&onlyRate, "rate", 0, "only this many rows an hour in simulated streams")
	flag.Uint64Var(&firstSeed, "seed", 0, "first of the seeds: what is published is from 0 on, what was tuned on from 1000 on")
	flag.IntVar(&draws, "draws", 0, "draws of simulated streams where nothing happens, of each shift a sixth of them; 0: as the size says")
	flag.StringVar(&shapeNamed, "shape", "", "only shapes whose name contains it")
	flag.BoolVar(&verbose, "v", false, "tell of each false page")
	flag.Parse()
	if *only != "" && !slices.Contains(parts, *only) {
		log.Fatalf("-only is %q; it must be one of %s", *only, strings.Join(parts, ", "))
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
	p := planned(*size == "full")
	if wanted("null") {
		p.null(f)
	}
	if wanted("shifts") {
		p.shifts(f)
	}
	if wanted("rules") {
		rivals(f, p.rates, *size == "full")
	}
	if wanted("shapes") {
		shapes(f, map[string]int{"quick": 2, "full": 6}[*size])
	}
	if wanted("once") {
		once(f, map[string]int{"quick": 10, "full": 40}[*size])
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

// parts are what can be run alone.
var parts = []string{"evaluation", "null", "shifts", "rules", "shapes", "once", "flights"}

// firstSeed is the first of the draws, so that what is tuned on and what is
// published are different ones.
var (
	firstSeed uint64
	verbose   bool
	draws     int
	onlyRate  float64

	shapeNamed string
)

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
