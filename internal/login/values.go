package login

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/gorilla/sessions"
)

// What a session remembers. Each is a string, so that it comes back from JSON as it went in.
const (
	// enrolledValue is the invitation that was used in this browser, so that a reload shows the good end of it.
	enrolledValue = "enrolled"
	// enrolledNameValue is the name of the passkey that was made.
	enrolledNameValue = "enrolled-name"
	// askedValue and a request's id: the sid to whom the question of this request was shown.
	askedValue = "asked:"
	// againValue and a request's id: the sid that is too old for this request, so that its person signs in again.
	againValue = "again:"
	// returnValue is the page of her own that a person was on when she was asked to sign in again.
	returnValue = "return"
	// returnerValue is who she was, "" when nobody was signed in.
	returnerValue = "returner"
	// addedValue is the fingerprint of the passkey that was just made, until its name is settled.
	addedValue = "added"
	// removedValue is the name of the passkey that was just removed, until the list has said so.
	removedValue = "removed"
)

// maxValues bounds what a browser can make us keep: the requests it was asked about.
const maxValues = 16

// encodeValues writes the values with string keys as JSON, nil when there are none.
func encodeValues(values map[any]any) ([]byte, error) {
	kept := map[string]string{}
	for key, value := range values {
		if key == (rowKey{}) {
			continue
		}
		name, ok := key.(string)
		text, isText := value.(string)
		if !ok || !isText {
			return nil, fmt.Errorf("session value %v: keys and values must be strings", key)
		}
		kept[name] = text
	}
	if len(kept) == 0 {
		return nil, nil
	}
	return json.Marshal(kept) // map keys come out sorted: equal values are equal bytes
}

func decodeValues(encoded []byte, values map[any]any) error {
	if len(encoded) == 0 {
		return nil
	}
	var kept map[string]string
	if err := json.Unmarshal(encoded, &kept); err != nil {
		return fmt.Errorf("session values: %w", err)
	}
	for name, text := range kept {
		values[name] = text
	}
	return nil
}

// remember puts a value into the session and stores it.
func remember(w http.ResponseWriter, r *http.Request, session *sessions.Session, pairs ...string) error {
	if len(session.Values) > maxValues {
		forget(session)
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		session.Values[pairs[i]] = pairs[i+1]
	}
	return session.Save(r, w)
}

// forget drops all values. The worst that follows is a question asked again.
func forget(session *sessions.Session) {
	for key := range session.Values {
		if key != (rowKey{}) {
			delete(session.Values, key)
		}
	}
}
