package transfer

import (
	"errors"
	"io"
	"strings"
	"testing"
)

// Whatever a table holds, it is read in bounds and without a crash, and a row is either right or says why not.
func FuzzTable(f *testing.F) {
	f.Add(head + maria)
	f.Add(byteOrderMark + strings.ReplaceAll(head+maria, ",", ";"))
	f.Add("family_name\tone_name\tbirthdate\temail\nSuharto\tyes\t1951-01-01\ts@example.org\n\n\t\t\t\n")
	f.Add(head + "\"María\nElena\",García,1984-06-12,m@example.org,,\"12 \"\"Chestnut\"\"\",,,\n\"a\"b,c\n\"open")
	f.Fuzz(func(t *testing.T, text string) {
		rows, err := newTable(strings.NewReader(text), []string{"MRN"}, DatesUS, today)
		if err != nil {
			if !errors.As(err, new(*FileError)) {
				t.Fatal(err)
			}
			return
		}
		last := int64(1)
		for {
			row, err := rows.next()
			if errors.Is(err, io.EOF) || errors.As(err, new(*FileError)) {
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if row.Number <= last {
				t.Fatalf("row %d behind %d", row.Number, last)
			}
			last = row.Number
			if !row.wrong() && len(row.Attributes) < 3 { // a name, a birthdate, and a way to be reached
				t.Fatalf("row %d is right, with %+v", row.Number, row.Attributes)
			}
		}
	})
}
