package sqlstore

import (
	"strconv"
	"strings"
)

// where is the conditions of a filter that are set, and no others, so that an index serves them: a planner that has to answer for every set at once
// reads the whole table. There are as many texts as sets of conditions, which are few enough to be kept prepared.
type where struct {
	conditions []string
	args       []any
}

// add adds a condition, whose ? stands for the value. One that nobody asked for (asked is false) is none.
func (w *where) add(asked bool, condition string, arg any) {
	if !asked {
		return
	}
	w.conditions = append(w.conditions, strings.ReplaceAll(condition, "?", w.arg(arg)))
}

// arg is the placeholder of a value.
func (w *where) arg(value any) string {
	w.args = append(w.args, value)
	return "$" + strconv.Itoa(len(w.args))
}

func (w *where) text() string { return " WHERE " + strings.Join(w.conditions, " AND ") }

// hidden is a column that no index is to be chosen for, because another condition leaves fewer rows.
func hidden(column string, hide bool) string {
	if hide {
		return "(" + column + " || '')"
	}
	return column
}
