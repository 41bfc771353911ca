package login

import (
	"encoding/hex"
	"slices"

	"github.com/go-webauthn/webauthn/protocol"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

// provider is where passkeys are kept.
type provider struct {
	name string
	icon string // pages.Icon…
	// careless: in some of its versions it says that it checked its user when it only was unlocked (passkeys.dev, known issues).
	careless bool
}

// providers are well-known passkey providers by AAGUID, so that a person recognises her passkeys. The table is for words only:
// without an attestation anybody can claim any AAGUID, and nothing is decided by it. Facts from the providers' own
// publications and the community's list (passkeydeveloper/passkey-authenticator-aaguids). The icons are ours: the providers'
// own are their trade marks.
var providers = map[string]provider{
	"fbfc3007-154e-4ecc-8c0b-6e020557d7bd": {name: "iCloud Keychain", icon: pages.IconCloud},
	"dd4ec289-e01d-41c9-bb89-70fa845d4bf2": {name: "iCloud Keychain", icon: pages.IconCloud},
	"ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4": {name: "Google Password Manager", icon: pages.IconCloud},
	"adce0002-35bc-c60a-648b-0b25f1f05503": {name: "Chrome on Mac", icon: pages.IconComputer},
	"771b48fd-d3d4-4f74-9232-fc157ab0507a": {name: "Edge on Mac", icon: pages.IconComputer},
	"08987058-cadc-4b81-b6e1-30de50dcbe96": {name: "Windows Hello", icon: pages.IconComputer},
	"9ddd1817-af5a-4672-a2b9-3e3dd95000a9": {name: "Windows Hello", icon: pages.IconComputer},
	"6028b017-b1d4-4c02-b4b3-afcdafc96bb2": {name: "Windows Hello", icon: pages.IconComputer},
	"b5397666-4885-aa6b-cebf-e52262a439a2": {name: "Chromium", icon: pages.IconComputer},
	"d3452668-01fd-4c12-926c-83a4204853aa": {name: "Microsoft Password Manager", icon: pages.IconCloud},
	"53414d53-554e-4700-0000-000000000000": {name: "Samsung Pass", icon: pages.IconPhone},
	"bada5566-a7aa-401f-bd96-45619a55120d": {name: "1Password", icon: pages.IconManager, careless: true},
	"d548826e-79b4-db40-a3d8-11116f7e8349": {name: "Bitwarden", icon: pages.IconManager, careless: true},
	"531126d6-e717-415c-9320-3d9aa6981239": {name: "Dashlane", icon: pages.IconManager},
	"b84e4048-15dc-4dd0-8640-f4f60813c8af": {name: "NordPass", icon: pages.IconManager},
	"0ea242b4-43c4-4a1b-8b17-dd6d0b6baec6": {name: "Keeper", icon: pages.IconManager},
	"f3809540-7f14-49c1-a8b3-8f813b225541": {name: "Enpass", icon: pages.IconManager},
	"50726f74-6f6e-5061-7373-50726f746f6e": {name: "Proton Pass", icon: pages.IconManager, careless: true},
	"fdb141b2-5d84-443e-8a35-4698c205a502": {name: "KeePassXC", icon: pages.IconManager, careless: true},
	"b78a0a55-6ef8-d246-a042-ba0f6d55050c": {name: "LastPass", icon: pages.IconManager},
}

// iconOf is the picture of where a passkey is kept: by its provider, and else by how it is reached.
func iconOf(k idp.Passkey) string {
	if p, ok := providers[k.AAGUID]; ok {
		return p.icon
	}
	for _, t := range []protocol.AuthenticatorTransport{protocol.USB, protocol.NFC, protocol.SmartCard} {
		if slices.Contains(k.Transports, string(t)) {
			return pages.IconKey
		}
	}
	return pages.IconPasskey
}

const zeroAAGUID = "00000000-0000-0000-0000-000000000000"

// aaguidText is an AAGUID as UUID text, all zeros when it is not one.
func aaguidText(aaguid []byte) string {
	if len(aaguid) != 16 {
		return zeroAAGUID
	}
	h := hex.EncodeToString(aaguid)
	return h[0:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:32]
}
