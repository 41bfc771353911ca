package main

import (
	"fmt"
	"runtime/debug"
)

type versionCommand struct {
	outputFlag
}

// Run prints which build this is.
func (c *versionCommand) Run(term terminal) error {
	v := buildVersion()
	if c.JSON {
		return printJSON(term.Out, v)
	}
	_, err := fmt.Fprintf(term.Out, "udap-idp %s (%s)\n", v.Version, v.Go)
	return err
}

type version struct {
	Version string `json:"version"`
	Commit  string `json:"commit"` // "" when built outside a repository
	Go      string `json:"go"`
}

func buildVersion() version {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return version{Version: "unknown"}
	}
	v := version{Version: info.Main.Version, Go: info.GoVersion}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			v.Commit = s.Value
		}
	}
	if v.Version == "" || v.Version == "(devel)" {
		v.Version = "development"
	}
	return v
}
