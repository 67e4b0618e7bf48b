package tracelog

import (
	"strconv"
	"strings"
)

const summaryTotal = "total"

// parseCount parses a row of the system call summary; the errors column is blank when
// there are none.
//
//	 21.34     0.009253         3084            3              mprotect
//	 11.85     0.005738          819            7            6 openat
//	100.00     0.043356                        39           13 total
func parseCount(b []byte) (CallCount, bool) {
	if len(b) > 120 {
		return CallCount{}, false
	}
	f := strings.Fields(string(b))
	if len(f) < 3 || len(f) > 6 {
		return CallCount{}, false
	}
	c := CallCount{Name: f[len(f)-1]}
	if _, err := strconv.ParseFloat(f[0], 64); err != nil {
		return c, false
	}
	var err error
	if c.Seconds, err = strconv.ParseFloat(f[1], 64); err != nil {
		return c, false
	}
	nums := f[2 : len(f)-1]
	if c.Name != summaryTotal { // no average in the last row
		if len(nums) < 2 {
			return c, false
		}
		nums = nums[1:]
	}
	if len(nums) == 0 || len(nums) > 2 {
		return c, false
	}
	if c.Calls, err = strconv.Atoi(nums[0]); err != nil {
		return c, false
	}
	if len(nums) == 2 {
		if c.Errors, err = strconv.Atoi(nums[1]); err != nil {
			return c, false
		}
	}
	return c, true
}
