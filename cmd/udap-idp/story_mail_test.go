package main

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"io"
	"mime/quotedprintable"
	"net"
	"os"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// mailServerCommand: mailserver PORT runs a mail server there that takes everything, and writes what it got, readable, into
// the file mail.out.
func mailServerCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: mailserver PORT")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:"+args[0])
	ts.Check(err)
	out, err := os.OpenFile(ts.MkAbs("mail.out"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	ts.Check(err)
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				defer conn.Close()
				takeMail(conn, out)
			})
		}
	})
	ts.Defer(func() {
		listener.Close()
		wg.Wait()
		out.Close()
	})
}

// waitMailCommand: waitmail PATTERN waits until the mail server got something like it. A running server looks every two
// seconds for what other commands have written.
func waitMailCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: waitmail PATTERN")
	}
	pattern, err := regexp.Compile(args[0])
	ts.Check(err)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(15 * time.Second); !pattern.MatchString(ts.ReadFile("mail.out")); <-tick.C {
		if time.Now().After(deadline) {
			ts.Fatalf("%s: the mail server got %s", args[0], ts.ReadFile("mail.out"))
		}
	}
}

// takeMail speaks just enough SMTP.
func takeMail(conn net.Conn, out io.Writer) {
	r := bufio.NewReader(conn)
	fmt.Fprint(conn, "220 mail.example ESMTP\r\n")
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		switch command := strings.ToUpper(strings.TrimSpace(line)); {
		case command == "QUIT":
			fmt.Fprint(conn, "221 bye\r\n")
			return
		case command == "DATA":
			fmt.Fprint(conn, "354 go on\r\n")
			var text strings.Builder
			for line, err = r.ReadString('\n'); err == nil && line != ".\r\n"; line, err = r.ReadString('\n') {
				text.WriteString(line)
			}
			fmt.Fprintf(out, "%s\n", readable(text.String()))
		case strings.HasPrefix(command, "RCPT"):
			fmt.Fprintf(out, "%s\n", strings.TrimSpace(line))
		}
		fmt.Fprint(conn, "250 OK\r\n")
	}
}

// readable undoes what hides the words of a mail.
func readable(raw string) string {
	if text, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(raw))); err == nil {
		return string(text)
	}
	return "unreadable: " + base64.StdEncoding.EncodeToString([]byte(raw))
}
