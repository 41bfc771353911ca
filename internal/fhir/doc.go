// Package fhir writes a person as a Patient of HL7 FHIR R4 (4.0.1), and reads Patients that others wrote: one, a Bundle of any type, or
// a file with one on each line (NDJSON, as of bulk exports).
//
// It owns the form: which element holds which value, which are of before, how the Digital Identifier is written with who assigned
// it. What a value must look like is package person's; what becomes of a Patient that was read (is she here already, may she be added)
// is package transfer's. A file is read one resource at a time, so that its length does not matter.
//
// # What is read
//
// Of a Patient: the current official name and those of before, birthDate, gender, telephones, e-mail addresses and homes, current
// and of before, and the preferred language. All of it is somebody's word. Nicknames, work addresses, photos, identifiers of others and
// extensions have no place here and are left out. A current value that cannot be taken makes the whole Patient one that is not taken;
// a wrong value of before, which only helps to find older records, is left out with a warning. Somebody who has died, and a record
// that is not in use or was replaced, is not read as a person.
//
// # Round trip
//
// What PatientOf writes, PersonOf reads back with the same values, uses and days. What stood behind the values is not in a
// Patient: vouching for them takes a proofing event, which no file brings.
package fhir
