package config

import (
	"fmt"
	"strings"
)

// unknown is the error for a setting that does not exist.
func unknown(name, kind string, known []string) error {
	if near := nearest(name, known); near != "" {
		return fmt.Errorf("%s: unknown %s; did you mean %s?", name, kind, near)
	}
	return fmt.Errorf("%s: unknown %s; known are %s", name, kind, strings.Join(known, ", "))
}

// nearest returns the known name with the fewest letters to change, or "" when none is like it.
func nearest(name string, known []string) string {
	best, least := "", len(name)/3+1
	for _, candidate := range known {
		if d := editDistance(strings.ToLower(name), strings.ToLower(candidate)); d < least {
			best, least = candidate, d
		}
	}
	return best
}

// editDistance counts the bytes to insert, delete or replace to turn a into b (Levenshtein).
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replace := diagonal
			if a[i] != b[j] {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
