// Package matching compares what is known about two persons, and says how likely it is that they are one.
//
// It has two halves. Keys reduces a record to a few short texts that records of the same person probably share, so that
// duplicates can be found without comparing everybody with everybody (blocking). Compare then compares two records field by field.
//
// It owns the normal forms of names, addresses and contacts, the phonetic key, the points and the verdict. It does not own what
// follows from a verdict (identity), nor how keys are stored: they tell who somebody is, in clear, and have to be digested under
// a key before they are kept.
//
// # The verdict
//
// Value says how much of what both records tell agrees. What that is worth depends on what they tell, which the verdict says:
//
//	same       name and birthdate agree exactly, and a home address, a telephone, an e-mail address or a document as well
//	likely     name and birthdate agree and nothing else is known; or one of them is spelt differently, has day and month
//	           swapped, or is a name of before, and something else agrees
//	possible   enough agrees that somebody should look: twins, father and son, the same name at the same address
//	different  the rest
//
// The rules follow the weights of HL7 Identity Matching IG 2.0.0 (Patient Weighted Input): name and birthdate are 5, a second
// kind of contact does not make up for either. A single telephone, e-mail address or home never decides, because families share
// them; a suffix or a sex that differs keeps a pair from being more than possible.
//
// # The phonetic key
//
// Names of Latin letters are reduced to the consonants that survive being written down by ear in English or Spanish (see
// phonetic). It is deliberately coarse: it only has to bring a pair together, which Compare then looks at. Names in other scripts
// are folded and compared as they are; nothing is transliterated from one script to another.
package matching
