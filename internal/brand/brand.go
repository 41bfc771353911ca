package brand

import (
	"cmp"
	"fmt"
	"net/http"

	"udap-idp/web"
)

// Prefix is where the handler must be mounted.
const Prefix = "/brand/"

// Options are the operator's wishes. The zero value has none: the pages look as they come.
type Options struct {
	LogoFile     string // a PNG or an SVG of at most 24 kB, "" for Logo
	Logo         []byte // the same as it is, nil for our own mark
	PrimaryColor string // of buttons and links: #0b5c6b; "" for our own
	Prefix       string // where the handler is mounted, "" for Prefix
}

// Brand is what came of them.
type Brand struct {
	Style  string // address of brand.css, "" when there is none
	Logo   string // address of the logo, "" when there is none
	Width  int    // of the logo as shown, in CSS pixels
	Height int

	files *web.Assets
}

// New checks the wishes. The error says what to change.
func New(o Options) (*Brand, error) {
	b := &Brand{}
	files := map[string][]byte{}
	if o.PrimaryColor != "" {
		light, dark, err := palettes(o.PrimaryColor)
		if err != nil {
			return nil, fmt.Errorf("setting primary-color: %w", err)
		}
		files["brand.css"] = style(light, dark)
	}
	var picture logo
	if o.LogoFile == "" && len(o.Logo) > 0 {
		var err error
		if picture, err = parseLogo(o.Logo); err != nil {
			return nil, fmt.Errorf("the logo cannot be used: %w", err)
		}
		files[picture.name] = picture.content
		b.Width, b.Height = picture.width, picture.height
	}
	if o.LogoFile != "" {
		var err error
		if picture, err = readLogo(o.LogoFile); err != nil {
			return nil, fmt.Errorf("setting logo-file: %w", err)
		}
		files[picture.name] = picture.content
		b.Width, b.Height = picture.width, picture.height
	}
	b.files = web.NewAssets(cmp.Or(o.Prefix, Prefix), files)
	b.Style = b.address("brand.css")
	b.Logo = b.address(picture.name)
	return b, nil
}

// address is where a file of the brand is, "" when there is no such file.
func (b *Brand) address(name string) string {
	url, err := b.files.URL(name)
	if err != nil {
		return ""
	}
	return url
}

// Handler serves the files below Prefix.
func (b *Brand) Handler() http.Handler { return b.files }

// style sets the custom properties of app.css that the primary colour is in, in both schemes and for a reader who chose one.
func style(light, dark palette) []byte {
	set := func(p palette) string {
		return fmt.Sprintf("{--primary:%s;--primary-strong:%s;--on-primary:%s}", p.primary, p.strong.rounded(), p.on)
	}
	return []byte(":root" + set(light) + "\n" +
		`@media (prefers-color-scheme:dark){:root:not([data-theme="light"])` + set(dark) + "}\n" +
		`:root[data-theme="dark"]` + set(dark) + "\n@media print{:root:root:root" + set(light) + "}\n")
}
