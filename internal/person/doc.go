// Package person checks what is typed about a person, by a clerk, in a file, or by herself: it takes text as it comes and returns
// it in the one form that is kept, or says what is wrong with which field.
//
// It owns the forms (a telephone number in E.164, a country in two letters) and the words. It does not own what a value is worth
// (identity, assurance), nor how the field is called where it was typed: words name other fields in braces, and the caller fills
// in a flag, the head of a column or the label of a form.
//
// Names are taken in every script, with several words in each part. Somebody who has one name only has it as her family name,
// and no given name, which has to be said (Name.OneName), because otherwise a forgotten field would pass.
package person
