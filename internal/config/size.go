package config

import (
	"fmt"
	"strconv"
	"strings"
)

// sizeUnits are those in which a size may be written, the largest first.
var sizeUnits = []struct {
	name  string
	bytes int64
}{{"GB", 1 << 30}, {"MB", 1 << 20}}

// The bounds of a file that is brought in: what is smaller is no import, and what is larger no page waits for.
const (
	leastImport = 1 << 20
	mostImport  = 100 << 30
)

// parseSize reads a number of bytes such as 500MB.
func parseSize(text string) (int64, error) {
	for _, unit := range sizeUnits {
		number, ok := strings.CutSuffix(strings.ToUpper(text), unit.name)
		if !ok {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSpace(number), 10, 32)
		if err != nil {
			break
		}
		if n *= unit.bytes; n < leastImport || n > mostImport {
			return 0, fmt.Errorf("%s is not between 1MB and 100GB", text)
		}
		return n, nil
	}
	return 0, fmt.Errorf("%q is not a size; write it like 500MB or 2GB", text)
}

func sizeText(n int64) string {
	for _, unit := range sizeUnits {
		if n >= unit.bytes && n%unit.bytes == 0 {
			return strconv.FormatInt(n/unit.bytes, 10) + unit.name
		}
	}
	return strconv.FormatInt(n, 10)
}
