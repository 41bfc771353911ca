package main

import (
	"udap-idp/internal/brand"
	"udap-idp/internal/pages"
	live "udap-idp/internal/settings"
)

// lookOf is how the operator looks, with its files below prefix, "" for the one of all pages.
func lookOf(now live.InForce, prefix string) (*brand.Brand, error) {
	return brand.New(brand.Options{LogoFile: now.Operator.LogoFile, Logo: now.Logo, PrimaryColor: now.Operator.PrimaryColor, Prefix: prefix})
}

// newLook makes the pages in the operator's look, and lets them, the files of the look and the messages follow whoever changes it.
func (s *site) newLook() (*brand.Shown, *pages.Pages, error) {
	now := s.live.Now()
	first, err := lookOf(now, "")
	if err != nil && (now.Logo != nil || !s.live.Fixed("primary-color")) {
		// What was made in the browser must not keep a server from starting.
		s.log.Error("the look that was made in the browser cannot be used", "error", err)
		now.Logo, now.Operator.PrimaryColor = nil, ""
		first, err = lookOf(now, "")
	}
	if err != nil {
		return nil, nil, err
	}
	p, err := pages.New(operatorBrand(now.Operator, first))
	if err != nil {
		return nil, nil, err
	}
	p.WarnAfter(s.config.SessionIdle)
	shown := &brand.Shown{}
	s.live.Follow(func(now live.InForce) {
		look, err := lookOf(now, "")
		if err != nil { // a file that was good at the start is gone, or a colour of another version
			s.log.Error("the look of the pages could not be changed; the one before stays", "error", err)
			return
		}
		shown.Set(look)
		p.SetBrand(operatorBrand(now.Operator, look))
		s.mail.SetBrand(operatorBrand(now.Operator, &brand.Brand{}))
	})
	return shown, p, nil
}
