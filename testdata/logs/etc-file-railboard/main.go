package main

import (
	"fmt"
	"os"
	"time"
)

type departure struct{ line, zone, at string }

func main() {
	deps := []departure{{"ICE 371", "UTC", "2026-05-04T09:12"}, {"RJX 60", "Europe/Vienna", "2026-05-04T10:30"}, {"Shinkansen 12", "Asia/Tokyo", "2026-05-04T18:02"}}
	for _, d := range deps {
		loc, err := time.LoadLocation(d.zone)
		if err != nil {
			fmt.Fprintf(os.Stderr, "railboard: timetable row %q rejected: %v\n", d.line, err)
			os.Exit(65)
		}
		t, _ := time.ParseInLocation("2006-01-02T15:04", d.at, loc)
		fmt.Printf("%-14s %s\n", d.line, t.UTC().Format(time.RFC1123))
	}
}
