package audit

import (
	"encoding/json"
	"io/fs"
	"testing"

	"udap-idp/web"
)

func TestEveryActionHasWordsInEveryLanguage(t *testing.T) {
	t.Parallel()
	files, err := fs.Glob(web.Locales(), "*.json")
	if err != nil || len(files) < 2 {
		t.Fatalf("%d languages, %v", len(files), err)
	}
	for _, name := range files {
		raw, err := fs.ReadFile(web.Locales(), name)
		if err != nil {
			t.Fatal(err)
		}
		var language struct {
			Texts map[string]string `json:"texts"`
		}
		if err := json.Unmarshal(raw, &language); err != nil {
			t.Fatal(err)
		}
		for _, a := range Actions() {
			if language.Texts["admin.audit.action."+a.Name] == "" {
				t.Errorf("%s has no words for %s", name, a.Name)
			}
		}
		for _, g := range Groups() {
			if language.Texts["admin.audit.group."+string(g)] == "" {
				t.Errorf("%s has no words for the group %s", name, g)
			}
		}
	}
}
