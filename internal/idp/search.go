package idp

import (
	"context"
	"time"
)

// PeopleFilter narrows a list of people; what is zero narrows nothing. Tombstones are in no list.
type PeopleFilter struct {
	State    PersonState
	NotSeen  bool  // her account is in use, and she has never signed in
	Level    Level // at which her identity is verified now
	NoLevel  bool  // or at none
	Role     Role
	Enrolled Answer // whether she has a passkey
}

// Answer is yes, no, or that nobody asked.
type Answer string

const (
	Yes Answer = "yes"
	No  Answer = "no"
)

// PeopleQuery selects a page of people.
type PeopleQuery struct {
	PeopleFilter
	// Keys are match keys: of each list she has at least one. The list that the fewest people share comes first, because its holders
	// are looked at; there are as many look-ups as it has keys. None: everybody.
	Keys [][]string
	// Before and After are the ids that the page ends at: of the people who are older than Before, or newer than After, those next to
	// it. With neither, the newest.
	Before, After string
	Limit         int
	Now           time.Time
}

// PeopleSearch keeps lists of people.
type PeopleSearch interface {
	// FindPeople returns up to q.Limit persons, the newest first.
	FindPeople(ctx context.Context, q PeopleQuery) ([]Person, error)
}

// Search is what somebody knows of a person: everything that is given must agree with something that is or was so. One in which
// nothing is given finds everybody.
type Search struct {
	Name      string // in any order and spelling
	Birthdate string // YYYY-MM-DD
	Email     string
	Phone     string // E.164

	PeopleFilter
	Before, After string // as in PeopleQuery
	Limit         int
}

// Lookalike is somebody on record who may be somebody who is not.
type Lookalike struct {
	Person Person
	Likeness
}

// Found is a page of people, the newest first.
type Found struct {
	People []Person
	// Newer and Older are where the pages beside this one begin, as Search.After and Search.Before take it; "" where there is none.
	Newer, Older string
}
