package dataholder

import (
	"encoding/json"
	"net/http"
)

// resultDocument is /result.json.
type resultDocument struct {
	Steps    []*Step          `json:"steps"`
	IDToken  *idTokenDocument `json:"id_token"`
	UserInfo json.RawMessage  `json:"userinfo"`
	Match    *Match           `json:"match"`
	Error    *errorDocument   `json:"error"`
}

type idTokenDocument struct {
	Header json.RawMessage `json:"header"`
	Claims json.RawMessage `json:"claims"`
}

type errorDocument struct {
	Step    StepName     `json:"step"`
	Reason  Reason       `json:"reason"`
	Message string       `json:"message"`
	Server  *ServerError `json:"server"`
}

// resultJSON is what /result shows, for programs.
func (h *Hospital) resultJSON(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	end := h.sessions.result(r)
	if end == nil {
		w.WriteHeader(http.StatusNotFound)
		_ = json.NewEncoder(w).Encode(resultDocument{Steps: []*Step{}, Error: &errorDocument{
			Reason: "no_sign_in", Message: "This browser has not signed in.",
		}})
		return
	}
	_ = json.NewEncoder(w).Encode(end.document())
}

func (r *result) document() resultDocument {
	d := resultDocument{Steps: r.story.Steps, UserInfo: r.userInfo, Match: r.match}
	if d.Steps == nil {
		d.Steps = []*Step{}
	}
	if r.idToken != nil {
		d.IDToken = &idTokenDocument{Header: r.idToken.Header, Claims: r.idToken.Claims}
	}
	if r.problem != nil {
		d.Error = &errorDocument{
			Step: r.problem.Step, Reason: r.problem.Reason, Message: r.problem.Message, Server: r.problem.Server,
		}
	}
	return d
}
