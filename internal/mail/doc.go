// Package mail writes to people: what happened to their accounts, and the codes by which they show that an address is theirs.
// By e-mail and by text message, in their language.
//
// A message begins in the transaction of what it tells of: a room asks About or To for messages and gives them to its verb
// of the Store in an idp.Trail. So there is no change without its message and no message without its change, whatever
// fails in between. The Queue sends them afterwards, again and again until they are gone or not worth telling any more.
// Bounces and complaints, which come back by mail, are not read here: that is the business of whoever runs the mail server.
//
// # What may be in a message
//
// A mail lies about in the open: on servers of others, on a locked screen, in a shared mailbox. So a message never says a
// value that was verified, a name, an identifier or an address of the person, and holds no link that signs in. This is not
// left to the care of those who call: a kind of notice takes the Params that kinds names and no others, and its words are
// in the language files. What it may name is a passkey's name, a device, an organization, a day. Codes are in the kinds
// that are about a code. Two kinds hold a link that is worth something: an invitation, which lets its reader create one
// passkey and signs nobody in, and the notice of a proofing, by which its reader says that it was not she (NIST SP
// 800-63A-4). A third link is worth nothing to a stranger: that which stops a recovery in its waiting period. Whatever holds a code or such a link goes to one address, never to all that a person has: About refuses it.
//
// Everything else goes to all addresses on purpose. Whoever takes over an account would silence the one she knows.
//
// # What is kept
//
// The Params are sealed under the master key until the message is sent or given up, then they are gone. They are sealed for
// their message, channel and recipient, so that a code cannot be led elsewhere by changing a row of the table.
//
// # How it travels
//
// By SMTP with TLS, which is demanded and not merely tried, because who sits in between can suppress the offer of it; the
// server's certificate must be its own. Without TLS only to loopback. Text messages go by POST to a gateway, by https. A
// message has no picture, no style sheet and no other content from elsewhere, so that nobody learns when it was read.
//
// Text and HTML are written from one Content, so that they say the same.
package mail
