package dataholder

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
)

// Arrival is a completed sign-in.
type Arrival struct {
	IDToken  *IDToken
	UserInfo json.RawMessage // nil when the provider has no such endpoint
	Identity Identity
}

// Begin goes as far as the browser's departure: discovery, registration, the authorization request. The story tells what
// happened even when it ends in an error, which is a *Problem.
func (c *Client) Begin(ctx context.Context, story *Story, idp string) (*Pending, error) {
	base, err := BaseURL(idp)
	if err != nil {
		return nil, err
	}
	discovery, err := c.Discover(ctx, story, base)
	if err != nil {
		return nil, err
	}
	openID, err := c.DiscoverOpenID(ctx, story, discovery)
	if err != nil {
		return nil, err
	}
	registration, err := c.Register(ctx, story, discovery)
	if err != nil {
		return nil, err
	}
	return c.Authorize(story, discovery, openID, registration)
}

// Complete goes from the browser's return to the person's identity. The caller has made sure that the sign-in belongs to
// the browser and cannot be completed twice. Errors are *Problem.
func (c *Client) Complete(ctx context.Context, p *Pending, query url.Values) (*Arrival, error) {
	code, err := c.Callback(p, query)
	if err != nil {
		return nil, err
	}
	tokens, err := c.Exchange(ctx, p, code)
	if err != nil {
		return nil, err
	}
	idToken, err := c.VerifyIDToken(ctx, p, tokens)
	if err != nil {
		return nil, err
	}
	userInfo, err := c.UserInfo(ctx, p, idToken, tokens)
	if err != nil {
		return nil, err
	}
	return &Arrival{IDToken: idToken, UserInfo: userInfo, Identity: IdentityFrom(idToken, userInfo)}, nil
}

func sorted(names []string) string {
	slices.Sort(names)
	return strings.Join(names, ", ")
}
