package policy

import "strings"

// Line is a line of a text beside another.
type Line struct {
	Kind string // same, added, removed
	Text string
}

// maxCells bounds the work of a comparison. Two texts with so little in common are shown one after the other.
const maxCells = 4 << 20

// Diff is what changes from one text to another, line by line.
func Diff(before, after string) []Line {
	a, b := strings.Split(strings.TrimRight(before, "\n"), "\n"), strings.Split(strings.TrimRight(after, "\n"), "\n")
	var head, tail []Line
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		head, a, b = append(head, Line{"same", a[0]}), a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		tail = append([]Line{{"same", a[len(a)-1]}}, tail...)
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	return append(append(head, between(a, b)...), tail...)
}

// between compares what is left by the longest common subsequence.
func between(a, b []string) []Line {
	var out []Line
	if len(a)*len(b) > maxCells {
		for _, line := range a {
			out = append(out, Line{"removed", line})
		}
		for _, line := range b {
			out = append(out, Line{"added", line})
		}
		return out
	}
	longest := make([][]int32, len(a)+1)
	for i := range longest {
		longest[i] = make([]int32, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				longest[i][j] = longest[i+1][j+1] + 1
			} else {
				longest[i][j] = max(longest[i+1][j], longest[i][j+1])
			}
		}
	}
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			out, i, j = append(out, Line{"same", a[i]}), i+1, j+1
		case j == len(b) || i < len(a) && longest[i+1][j] >= longest[i][j+1]:
			out, i = append(out, Line{"removed", a[i]}), i+1
		default:
			out, j = append(out, Line{"added", b[j]}), j+1
		}
	}
	return out
}
