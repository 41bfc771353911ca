package recovery

import (
	"errors"
	"net/http"
	"time"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

// SecondPage answers GET /recover/second: one thing was shown, and one more is needed.
func (c *Recovery) SecondPage(w http.ResponseWriter, r *http.Request) error {
	_, s, ok, err := c.step(w, r, secondPath)
	if !ok {
		return err
	}
	page := pages.RecoverSecond{Days: int(waitFor(s.person) / day)}
	if !s.recovery.Proved(idp.SavedCode) {
		page.SavedURL = savedPath
	}
	for _, channel := range []idp.Channel{idp.ByEmail, idp.BySMS} {
		_, address, err := c.otherChannel(r, s, channel)
		if err != nil {
			return err
		}
		if address != "" {
			page.Channels = append(page.Channels, pages.RecoverChannel{
				Channel: string(channel), To: mask(channel, address), Waits: !s.recovery.Proved(idp.SavedCode),
			})
		}
	}
	return c.Pages.RecoverSecond(w, r, page)
}

// WaitPage answers GET /recover/wait: what was shown is enough once the waiting period is over. The first time, it begins here.
func (c *Recovery) WaitPage(w http.ResponseWriter, r *http.Request) error {
	_, s, ok, err := c.step(w, r, waitPath)
	if !ok {
		return err
	}
	if s.waiting.ID == "" {
		if s.waiting, err = c.wait(r, s); err != nil {
			return err
		}
	}
	return c.Pages.RecoverWait(w, r, pages.RecoverWait{Until: s.waiting.ReadyAt, Last: s.waiting.ExpiresAt})
}

// wait begins the waiting period, and tells all addresses how to stop it.
func (c *Recovery) wait(r *http.Request, s standing) (idp.Recovery, error) {
	now, token := c.now(), idp.NewTokenFor(s.recovery.ID)
	waits := s.recovery
	waits.StartedAt = now
	waits.ReadyAt = now.Add(waitFor(s.person))
	waits.ExpiresAt = waits.ReadyAt.Add(readyFor)
	waits.CancelHash = token.Hash()
	until := waits.ReadyAt.Format(time.RFC3339)
	trail := idp.Trail{Events: []idp.AuditEvent{c.event(r, stranger, "recovery.wait", s.person.ID, map[string]any{"until": until})}}
	var err error
	trail.Messages, err = c.Mail.About(s.person, idp.Notice{Kind: idp.NoticeRecoveryWaiting,
		Params: map[string]string{"until": until, "link": c.Issuer + "/recover/cancel/" + token.String(), "device": device(r)}})
	if err != nil {
		return waits, err
	}
	err = c.Store.WaitForRecovery(r.Context(), waits, trail)
	if errors.Is(err, idp.ErrExists) { // another browser was faster: its period counts
		return c.Store.WaitingRecovery(r.Context(), s.person.ID, now)
	}
	return waits, err
}
