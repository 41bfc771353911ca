package pages

import (
	"net/http"
	"time"
)

// QueuedMessage is a message to a person, without what it says.
type QueuedMessage struct {
	ID, Kind, Channel, To string
	PersonID              string // "" for somebody who has no account
	Language              string
	State                 string // waiting, sent, given-up
	Unsent                bool   // nothing is sent by its channel
	Tries                 int
	Failure               string // of the last try, for an operator
	MadeAt, NextAt        time.Time
	ExpiresAt             time.Time // zero when it does not
	SentAt, GaveUpAt      time.Time
}

// AdminMessages is a page of the messages.
type AdminMessages struct {
	Desk
	State     string   // that is looked for, "" for all
	PersonID  string   // whose messages they are, "" for everybody's
	Person    string   // her name, "" for everybody's, and when there is no such person
	Unsent    []string // channels by which nothing is sent
	Rows      []QueuedMessage
	NewestURL string // "" on the first page
	OlderURL  string // "" on the last
	MayTest   bool   // the reader may send a test
}

// AdminMessage is one message; Text is there only when it was asked for and recorded.
type AdminMessage struct {
	Desk
	QueuedMessage
	Secret        bool // it holds a code or a personal link
	Recovers      bool // the code gets its reader back into an account: nobody else reads it
	MayRead       bool
	MayRetry      bool
	MaySeePerson  bool
	Subject, Text string
}

type (
	stateOption struct {
		Value, Key string
		Chosen     bool
	}
	messageView struct {
		QueuedMessage
		Words string // what it is about
		Badge badge
	}
	messagesView struct {
		AdminMessages
		States  []stateOption
		Waiting []string // text keys: which messages nobody sends
		Rows    []messageView
	}
	oneMessageView struct {
		AdminMessage
		Words string
		Badge badge
	}
)

// messageTones are the states of a message, with the tone of each.
var messageTones = map[string]string{"waiting": "plain", "sent": "good", "given-up": "bad"}

// channels are the ways to reach a person.
var channels = map[string]bool{"email": true, "sms": true}

// ChannelKey is the text key of the message's way.
func (m QueuedMessage) ChannelKey() string {
	if channels[m.Channel] {
		return "admin.message.channel." + m.Channel
	}
	return "admin.message.channel.other"
}

// badgeOf is where a message stands.
func (m QueuedMessage) badgeOf() badge {
	switch {
	case m.State == "waiting" && m.Unsent:
		return badge{Key: "admin.message.state.unsent", Tone: "careful"}
	case m.State == "waiting" && m.Failure != "":
		return badge{Key: "admin.message.state.failing", Tone: "careful"}
	}
	if tone, ok := messageTones[m.State]; ok {
		return badge{Key: "admin.message.state." + m.State, Tone: tone}
	}
	return badge{Key: "admin.message.state.waiting", Tone: "plain"}
}

// noticeWords are what a message is about: its subject, in the language of the page; of a kind that has none its name.
func (l *language) noticeWords(kind, operator string) string {
	words, err := l.text("mail."+kind+".subject", "operator", operator)
	if err != nil {
		return kind
	}
	return words
}

// AdminMessages renders a page of the messages.
func (p *Pages) AdminMessages(w http.ResponseWriter, r *http.Request, a AdminMessages) error {
	l := p.catalog.choose(r, nil)
	v := messagesView{AdminMessages: a}
	for _, state := range []string{"waiting", "sent", "given-up"} {
		v.States = append(v.States, stateOption{state, "admin.message.state." + state, state == a.State})
	}
	for _, channel := range a.Unsent {
		if channels[channel] {
			v.Waiting = append(v.Waiting, "admin.message.unsent."+channel)
		}
	}
	for _, m := range a.Rows {
		v.Rows = append(v.Rows, messageView{m, l.noticeWords(m.Kind, p.Brand().Name), m.badgeOf()})
	}
	return p.render(w, r, page{name: "admin-messages", status: http.StatusOK, lang: l, data: v})
}

// AdminMessage renders one message.
func (p *Pages) AdminMessage(w http.ResponseWriter, r *http.Request, a AdminMessage) error {
	l := p.catalog.choose(r, nil)
	v := oneMessageView{a, l.noticeWords(a.Kind, p.Brand().Name), a.badgeOf()}
	return p.render(w, r, page{name: "admin-message", status: http.StatusOK, lang: l, data: v})
}
