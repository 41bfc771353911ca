package fhir

import (
	"bytes"
	"encoding/json"
	"os"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// r4 is the base JSON schema of FHIR 4.0, as HL7 publishes it, of Patient, Bundle, Organization and everything these are made of,
// without the descriptions.
var r4 = sync.OnceValues(func() (*jsonschema.Compiler, error) {
	text, err := os.ReadFile("testdata/r4.schema.json")
	if err != nil {
		return nil, err
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	return c, c.AddResource(schemaURL, document)
})

const schemaURL = "http://hl7.org/fhir/json-schema/4.0"

var patientSchema = sync.OnceValues(func() (*jsonschema.Schema, error) {
	c, err := r4()
	if err != nil {
		return nil, err
	}
	return c.Compile(schemaURL + "#/definitions/Patient")
})

// invalid is what the schema says against a Patient; nil when it is one.
func invalid(t testing.TB, patient any) error {
	t.Helper()
	schema, err := patientSchema()
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(patient)
	if err != nil {
		t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return schema.Validate(value)
}

// The schema is no help if it lets everything through.
func TestSchemaRefusesWhatIsNoPatient(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"a code that is none":          `{"resourceType":"Patient","gender":"f"}`,
		"an element that is none":      `{"resourceType":"Patient","sex":"female"}`,
		"no such month":                `{"resourceType":"Patient","birthDate":"1984-13-01"}`,
		"a language without itself":    `{"resourceType":"Patient","communication":[{"preferred":true}]}`,
		"an empty text":                `{"resourceType":"Patient","name":[{"family":""}]}`,
		"a use that is none":           `{"resourceType":"Patient","telecom":[{"system":"phone","value":"1","use":"cell"}]}`,
		"a text for a list":            `{"resourceType":"Patient","name":{"family":"Garcia"}}`,
		"something that is no Patient": `{"resourceType":"Person"}`,
	} {
		if invalid(t, json.RawMessage(text)) == nil {
			t.Errorf("%s is taken: %s", name, text)
		}
	}
	if err := invalid(t, json.RawMessage(`{"resourceType":"Patient","gender":"female","birthDate":"1984-06-12"}`)); err != nil {
		t.Errorf("a Patient is not taken: %v", err)
	}
}
