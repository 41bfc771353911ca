// Package account is the person's own pages, section by section: what is known about her, how her identity was verified, her passkeys,
// with whom she shares and what was shared.
//
// It owns which of her values she sees. It does not own the session (it is asked for through Config.Session), the look of
// the pages (pages) or what a data holder gets (claims): this is what we hold, whether or not anybody is told.
//
// Security: a page shows the values of the person who is signed in in the browser's own session (visitor) and takes no person's id
// from the request, so there is nothing to point at somebody else. What a stranger at an open screen must not do begins with a
// sign-in that is recent (freshVisitor): reading the Digital Identifier, downloading, changing a value, disowning what happened, closing.
// What only takes away from a stranger, ending a session or keeping the account, does not ask for one. The Digital Identifier is opened for
// its own page and for a download, and nowhere else. Whoever runs the service is "our staff" to a person, and stays unnamed.
//
// What was done is in the audit log, and told to every address of hers, in the transaction of the change: by the verbs of idp.Accounts.
// The history (Activity) is that log in words; what there are no words for stands there too.
//
// The room also has the page behind the link in a notification of proofing, where whoever was not the one that was proofed says so.
// It is for people without an account: the one-time secret in the link is all it takes, and all it can do is to end that proofing.
// Opening it changes nothing; it shows nothing of anybody but the day.
package account
