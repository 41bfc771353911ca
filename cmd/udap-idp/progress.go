package main

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"
)

// progressBar shows how far something is: a bar on a terminal, else a line now and then.
type progressBar struct {
	to       io.Writer
	terminal bool
	began    time.Time
	last     time.Time // when something was shown
	shown    bool
}

// How often something is shown.
const (
	barEvery  = 200 * time.Millisecond
	lineEvery = 10 * time.Second
)

func newProgressBar(to io.Writer) *progressBar {
	f, isFile := to.(*os.File)
	return &progressBar{to: to, terminal: isFile && isTerminal(f), began: time.Now(), last: time.Now()}
}

// show tells that so many of the bytes are read, and so many rows done, the last of which is row.
func (b *progressBar) show(read, size, rows, row int64) {
	now := time.Now()
	every := lineEvery
	if b.terminal {
		every = barEvery
	}
	if now.Sub(b.last) < every {
		return
	}
	b.last = now
	took := now.Sub(b.began)
	part := float64(min(read, size)) / float64(max(size, 1))
	text := fmt.Sprintf("%3.0f %%  row %s  %s rows/s  %s left", 100*part, number(row),
		number(int64(float64(rows)/took.Seconds())), left(took, part))
	if !b.terminal {
		fmt.Fprintln(b.to, strings.TrimSpace(text))
		return
	}
	const width = 24
	done := int(part * width)
	b.shown = true
	fmt.Fprintf(b.to, "\r[%s%s] %s\x1b[K", strings.Repeat("#", done), strings.Repeat(".", width-done), text)
}

// end leaves the line of the bar.
func (b *progressBar) end() {
	if b.shown {
		fmt.Fprint(b.to, "\r\x1b[K")
	}
}

func left(took time.Duration, part float64) string {
	if part <= 0 {
		return "?"
	}
	return time.Duration(float64(took) * (1 - part) / part).Round(time.Second).String()
}

// number is a number with commas between thousands.
func number(n int64) string {
	text := strconv.FormatInt(n, 10)
	for at := len(text) - 3; at > 0 && text[at-1] != '-'; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}
