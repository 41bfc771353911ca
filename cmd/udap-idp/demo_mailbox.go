package main

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"net/http"

	"udap-idp/internal/idp"
	"udap-idp/internal/mail"
)

// demoMailboxPath is where the demo shows the messages to its people, who have neither mail nor telephones.
const demoMailboxPath = "/mailbox"

// mailbox shows every message that waits. It is for the demo only: it stands on a loopback address and nothing in it is
// anybody's.
type mailbox struct{ site *site }

func (m mailbox) routes(mux *http.ServeMux) {
	mux.HandleFunc("GET "+demoMailboxPath, m.list)
	mux.HandleFunc("GET "+demoMailboxPath+"/{id}", m.letter)
}

// demoLetter is a message as the mailbox lists it.
type demoLetter struct {
	idp.Message
	mail.Letter
	Made string
}

func (m mailbox) list(w http.ResponseWriter, r *http.Request) {
	letters, err := m.letters(r.Context())
	if err != nil {
		m.fail(w, err)
		return
	}
	mailboxHeaders(w)
	if err := mailboxPage.Execute(w, letters); err != nil {
		m.site.log.Warn("the mailbox could not be shown", "error", err)
	}
}

func (m mailbox) letters(ctx context.Context) ([]demoLetter, error) {
	messages, err := m.site.store.Messages(ctx, idp.MessageFilter{})
	if err != nil {
		return nil, err
	}
	var letters []demoLetter
	for _, message := range messages {
		letter, err := m.site.mail.Read(message)
		if errors.Is(err, mail.ErrOver) {
			continue // it expired
		}
		if err != nil {
			return nil, err
		}
		letters = append(letters, demoLetter{message, letter, second(message.CreatedAt)})
	}
	return letters, nil
}

// letter shows an e-mail as a mail program would.
func (m mailbox) letter(w http.ResponseWriter, r *http.Request) {
	message, err := m.site.store.Message(r.Context(), r.PathValue("id"))
	if err == nil {
		var letter mail.Letter
		if letter, err = m.site.mail.Read(message); err == nil {
			mailboxHeaders(w)
			_, _ = fmt.Fprint(w, letter.HTML) // a browser that has left needs no answer
			return
		}
	}
	m.fail(w, err)
}

func (m mailbox) fail(w http.ResponseWriter, err error) {
	if errors.Is(err, idp.ErrNotFound) || errors.Is(err, mail.ErrOver) {
		http.Error(w, "This message is not here any more.", http.StatusNotFound)
		return
	}
	m.site.log.Warn("a message could not be shown", "error", err)
	http.Error(w, "The message could not be shown.", http.StatusInternalServerError)
}

func mailboxHeaders(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
	w.Header().Set("Referrer-Policy", "no-referrer")
}

var mailboxPage = template.Must(template.New("mailbox").Parse(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Mailbox of the demo</title>
<style>
:root { color-scheme: light dark; }
body { max-width: 44rem; margin: 0 auto; padding: 24px 16px; font: 17px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
article { margin: 16px 0; padding: 12px 16px; border: 1px solid #8a8577; border-radius: 10px; }
h1 { font-size: 1.5rem; } h2 { margin: 0; font-size: 1.1rem; }
p { margin: 4px 0; } pre { margin: 8px 0 0; font: inherit; white-space: pre-wrap; }
</style>
</head>
<body>
<main>
<h1>Mailbox of the demo</h1>
<p>The demo sends nothing. What would have gone to its people stands here, the newest first.</p>
{{range .}}<article>
{{if .Subject}}<h2><a href="/mailbox/{{.ID}}">{{.Subject}}</a></h2>{{else}}<h2>Text message</h2>{{end}}
<p>To {{.To}}, {{.Made}}</p>
{{if not .Subject}}<pre>{{.Text}}</pre>{{end}}
</article>
{{else}}<p>Nothing yet. Load this page again after something has happened, such as a new passkey.</p>
{{end}}</main>
</body>
</html>
`))
