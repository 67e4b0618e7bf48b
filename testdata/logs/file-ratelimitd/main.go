package main

import (
	"bufio"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"sync"
)

type rule struct {
	prefix string
	rps    int
}

func loadOverrides() map[string]int {
	f, err := os.Open("etc/overrides.local")
	if err != nil {
		slog.Warn("overrides skipped", "reason", err)
		return nil
	}
	defer f.Close()
	return map[string]int{}
}

func loadRules() ([]rule, error) {
	f, err := os.Open("etc/tiers.tsv")
	if err != nil {
		return nil, errors.New("rule table has no default tier")
	}
	defer f.Close()
	var out []rule
	sc := bufio.NewScanner(f)
	for sc.Scan() {
		p := strings.Split(sc.Text(), "\t")
		if len(p) != 2 {
			continue
		}
		n, err := strconv.Atoi(p[1])
		if err != nil {
			return nil, err
		}
		out = append(out, rule{p[0], n})
	}
	return out, sc.Err()
}

func main() {
	slog.SetDefault(slog.New(slog.NewJSONHandler(os.Stderr, nil)))
	slog.Info("starting", "build", "2.14.0-rc3")
	loadOverrides()
	rules, err := loadRules()
	if err != nil {
		slog.Error("startup aborted", "component", "limiter", "err", err)
		os.Exit(78)
	}
	var wg sync.WaitGroup
	res := make([]int, len(rules))
	for i, r := range rules {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for k := 0; k < 100000; k++ {
				res[i] += r.rps % (k + 1)
			}
		}()
	}
	wg.Wait()
	fmt.Println("tiers", len(rules), "bucket sums", res)
}
