// Package sqltest gives tests databases that are migrated and empty: copies of one that is migrated once for each test binary.
//
// A migration from the first step to the last costs more than most tests that need its outcome. That the steps themselves are
// right is proved in sqlstore, on databases that are made by them.
package sqltest
