package discovery

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"udap-idp/internal/udap"
)

// ErrNoSigner is what a Trust says when there is no certificate to sign with.
var ErrNoSigner = errors.New("no certificate of that community")

// Signing is for which community the document is signed, and what it says there.
type Signing struct {
	Community string // its URI
	Signer    *udap.Signer
	Policy    udap.MetadataPolicy
}

// Trust knows our certificates.
type Trust interface {
	// Signing returns the active signer of the community with this URI, compared exactly, and of the default community (the
	// first that has one) when community is "". ErrNoSigner when the community is unknown or has none.
	Signing(ctx context.Context, community string) (Signing, error)
}

// Unknown is how a request for a community is answered in which we have no certificate. UDAP Security IG §2.4 permits the
// first two, and its first version the third.
type Unknown string

const (
	UnknownDefault   Unknown = "default" // the metadata of the default community; so is ""
	UnknownNoContent Unknown = "204"
	UnknownNotFound  Unknown = "404"
)

// Config is what the document needs.
type Config struct {
	Endpoints udap.Endpoints
	Scopes    []string // all that a client can be granted
	Trust     Trust
	// UnknownCommunity is UnknownDefault when "".
	UnknownCommunity Unknown
	Now              func() time.Time // time.Now when nil
	Log              *slog.Logger     // slog.Default() when nil
}

// Handler answers GET and HEAD, whatever the path is that it was put under.
type Handler struct {
	Config
	cache cache
}

// New makes the handler.
func New(c Config) *Handler {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	return &Handler{Config: c}
}

// maxAge is how long others may keep the document, in seconds. signed_metadata in it is good for hours more.
const maxAge = 60

// ServeHTTP answers 200 with the metadata, or 404 when no community has a certificate of ours: UDAP Security IG §2.1: a
// server that supports no UDAP workflow SHALL answer 404.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		writeError(w, http.StatusMethodNotAllowed, udap.InvalidRequest, "the method is "+r.Method+", expected GET")
		return
	}
	body, err := h.metadata(r)
	if errors.Is(err, ErrNoSigner) {
		writeError(w, http.StatusNotFound, udap.InvalidRequest, "this server has no certificate of a trust community")
		return
	}
	if errors.Is(err, errUnknownCommunity) {
		h.refuseCommunity(w)
		return
	}
	if err != nil {
		h.Log.LogAttrs(r.Context(), slog.LevelError, "discovery", slog.Any("error", err))
		writeError(w, http.StatusInternalServerError, udap.ServerError, "the metadata could not be made; please try again later")
		return
	}
	w.Header().Set("Cache-Control", "public, max-age="+strconv.Itoa(maxAge))
	write(w, http.StatusOK, body)
}

// errUnknownCommunity: the community asked for is none in which we have a certificate, and the default is not to stand in.
var errUnknownCommunity = errors.New("unknown community")

// refuseCommunity answers a request for a community that is not ours: UDAP Security IG §2.4: 204 No Content.
func (h *Handler) refuseCommunity(w http.ResponseWriter) {
	if h.UnknownCommunity == UnknownNotFound {
		writeError(w, http.StatusNotFound, udap.InvalidRequest, "this server has no certificate of the trust community that the parameter community names")
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusNoContent)
}

// metadata is the document signed for the first of the wanted communities that we have a certificate of.
//
// UDAP Security IG §2.4: the community parameter SHALL be supported, and the certificate of a recognised community SHALL
// sign.
func (h *Handler) metadata(r *http.Request) ([]byte, error) {
	const byDefault = ""
	asked := communities(r.URL.RawQuery)
	for _, community := range append(asked, byDefault) {
		signing, err := h.Trust.Signing(r.Context(), community)
		if errors.Is(err, ErrNoSigner) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("find signer: %w", err)
		}
		if community == byDefault && len(asked) > 0 && h.UnknownCommunity != UnknownDefault && h.UnknownCommunity != "" {
			return nil, errUnknownCommunity
		}
		return h.cache.get(signing, h.Now(), func() ([]byte, error) { return h.sign(r.Context(), signing) })
	}
	return nil, ErrNoSigner
}

func (h *Handler) sign(ctx context.Context, signing Signing) ([]byte, error) {
	metadata, err := udap.NewMetadata(h.Endpoints, h.Scopes).In(signing.Policy).Signed(signing.Signer, h.Now())
	if err != nil {
		return nil, err
	}
	if signing.Policy.ListRefreshToken { // once for each document that is signed, not for each that is served
		h.Log.LogAttrs(ctx, slog.LevelInfo, "compatibility switch used",
			slog.String("switch", "list refresh token"), slog.String("community", signing.Community))
	}
	return json.Marshal(metadata)
}

func writeError(w http.ResponseWriter, status int, code, description string) {
	body, err := json.Marshal(&udap.Error{Code: code, Description: description})
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError) // two strings always encode
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	write(w, status, body)
}

// write leaves out the charset: there are clients that compare the media type whole.
func write(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client has gone
}
