package transfer

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"time"
	"unicode/utf8"
)

// Reading is how a file is to be read.
type Reading struct {
	Ignore []string // heads of columns that are left out
	Dates  Dates
	Now    time.Time
}

// File is a file that was looked through.
type File struct {
	Path   string
	Digest string // SHA-256, hexadecimal: it names the import
	Size   int64
	json   bool
}

// Inspect reads a file once. It must be an ordinary one, which can be read again, and UTF-8.
func Inspect(path string) (File, error) {
	f, err := os.Open(path)
	if err != nil {
		return File{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return File{}, err
	}
	if !info.Mode().IsRegular() {
		return File{}, fileError("%s is not an ordinary file: it has to be read twice", path)
	}
	hash, check := sha256.New(), &textCheck{line: 1}
	if _, err := io.Copy(io.MultiWriter(hash, check), f); err != nil {
		return File{}, err
	}
	switch {
	case check.size == 0:
		return File{}, fileError("the file is empty")
	case check.utf16:
		return File{}, fileError("the file is UTF-16. Save it as UTF-8: in a spreadsheet program, choose \"CSV UTF-8\"")
	case check.wrong || len(check.rest) > 0:
		return File{}, fileError("line %d of the file is not UTF-8. Save it as UTF-8: in a spreadsheet program, choose \"CSV UTF-8\"", check.line)
	}
	return File{Path: path, Digest: hex.EncodeToString(hash.Sum(nil)), Size: check.size, json: check.first == '{'}, nil
}

// textCheck looks at a file on its way.
type textCheck struct {
	size  int64
	line  int64 // of what is wrong, or the last
	first byte  // that is no space and no mark of order
	rest  []byte
	wrong bool
	utf16 bool
}

// Write takes the next part of the file.
func (c *textCheck) Write(part []byte) (int, error) {
	n := len(part)
	if c.size == 0 {
		c.utf16 = bytes.HasPrefix(part, []byte("\xff\xfe")) || bytes.HasPrefix(part, []byte("\xfe\xff"))
	}
	c.size += int64(n)
	if c.wrong {
		return n, nil
	}
	text := append(c.rest, part...)
	c.rest = nil
	if c.first == 0 {
		if start := bytes.TrimLeft(bytes.TrimPrefix(text, []byte(byteOrderMark)), " \t\r\n"); len(start) > 0 {
			c.first = start[0]
		}
	}
	if utf8.Valid(text) {
		c.line += int64(bytes.Count(text, []byte("\n")))
		return n, nil
	}
	c.invalid(text)
	return n, nil
}

// invalid finds the line of the first byte that is wrong, or keeps the beginning of a sign whose end is in the next part.
func (c *textCheck) invalid(text []byte) {
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		switch {
		case r == utf8.RuneError && size <= 1 && !utf8.FullRune(text):
			c.rest = bytes.Clone(text)
			return
		case r == utf8.RuneError && size <= 1:
			c.wrong = true
			return
		case r == '\n':
			c.line++
		}
		text = text[size:]
	}
}

// open reads the file from the beginning.
func (f File) open(how Reading) (source, *counter, io.Closer, error) {
	file, err := os.Open(f.Path)
	if err != nil {
		return nil, nil, nil, err
	}
	from := &counter{from: file}
	var rows source
	if f.json {
		rows, err = newResources(from, how.Now)
	} else {
		rows, err = newTable(from, how.Ignore, how.Dates, how.Now)
	}
	if err != nil {
		return nil, nil, nil, errors.Join(err, file.Close())
	}
	return rows, from, file, nil
}
