package main

import (
	"encoding/csv"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"sort"
)

func storageRoot() string {
	if v := os.Getenv("LUMEN_STORE"); v != "" {
		return v
	}
	return "/var/lib/lumen"
}

func main() {
	log.SetFlags(log.Ldate | log.Lmicroseconds | log.Lshortfile)
	log.SetPrefix("lumen ")
	names, _ := filepath.Glob(filepath.Join(storageRoot(), "*.csv"))
	sort.Strings(names)
	log.Printf("indexing %d series", len(names))
	total, rows := 0.0, 0
	for _, n := range names {
		f, err := os.Open(n)
		if err != nil {
			log.Fatal(err)
		}
		recs, err := csv.NewReader(f).ReadAll()
		if err != nil {
			log.Fatal(err)
		}
		for _, r := range recs {
			var v float64
			fmt.Sscan(r[1], &v)
			total += v
			rows++
		}
	}
	if rows == 0 {
		log.Fatalf("mean luminosity undefined (n=%d), nothing to report", rows)
	}
	fmt.Printf("mean luminosity %.3f over %d samples\n", total/float64(rows), rows)
}
