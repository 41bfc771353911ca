package config

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"
)

const environmentPrefix = "UDAP_IDP_"

// The names of sources, as Describe gives them.
const (
	fromDefault     = "default"
	fromFile        = "file"
	fromEnvironment = "environment"
	fromFlag        = "flag"
)

// setting is one field of Settings.
type setting struct {
	name     string
	fallback string
	secret   string // "": none, "url": a URL that may hold a password, "all": never shown
	noFlag   bool
	index    int
}

func (s setting) flag() string     { return "--" + s.name }
func (s setting) variable() string { return variableOf(s.name) }

func variableOf(name string) string {
	return environmentPrefix + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
}

// settings lists the fields of Settings in their order.
var settings = func() []setting {
	t := reflect.TypeFor[Settings]()
	list := make([]setting, t.NumField())
	for i := range list {
		tag := t.Field(i).Tag
		list[i] = setting{
			name:     tag.Get("name"),
			fallback: tag.Get("fallback"),
			secret:   tag.Get("secret"),
			noFlag:   tag.Get("kong") == "-",
			index:    i,
		}
	}
	return list
}()

// value is what a setting was given, and where.
type value struct {
	text   string
	source string
	name   string // of the setting, as the operator wrote it; "" when it was made in the browser

	by string // who made it there, and when
	at time.Time
}

// values are the settings that were given, by name.
type values map[string]value

func (v values) names() map[string]string {
	names := make(map[string]string, len(v))
	for setting, given := range v {
		names[setting] = given.name
	}
	return names
}

// secretPairs are the settings that can also be the content of a file.
var secretPairs = [][2]string{
	{"master-key", "master-key-file"},
	{"database", "database-file"},
	{"smtp-password", "smtp-password-file"},
	{"sms-token", "sms-token-file"},
}

// gather collects what was given, without defaults: flags before environment before file.
func gather(s *Settings, environ []string) (values, error) {
	environment, err := fromEnviron(environ)
	if err != nil {
		return nil, err
	}
	flags, err := fromFlags(s)
	if err != nil {
		return nil, err
	}

	given := values{}
	file, named := flags["config"]
	if !named {
		file, named = environment["config"]
	}
	if named {
		members, err := fromConfigFile(file)
		if err != nil {
			return nil, err
		}
		given.overlay(members)
	}
	given.overlay(environment)
	given.overlay(flags)
	return given, contradictions(given)
}

func (v values) overlay(above values) {
	for name, given := range above {
		v[name] = given
	}
}

func contradictions(given values) error {
	var errs []error
	for _, pair := range secretPairs {
		text, hasText := given[pair[0]]
		file, hasFile := given[pair[1]]
		if hasText && hasFile {
			errs = append(errs, fmt.Errorf("%s: %s is set as well; give one of the two", text.name, file.name))
		}
	}
	return errors.Join(errs...)
}

func fromFlags(s *Settings) (values, error) {
	given := values{}
	fields := reflect.ValueOf(s).Elem()
	for _, set := range settings {
		text, _ := fields.Field(set.index).Interface().(*string)
		if text == nil {
			continue
		}
		if *text == "" {
			return nil, fmt.Errorf("%s: must not be empty; leave it out to use the default", set.flag())
		}
		given[set.name] = value{text: *text, source: fromFlag, name: set.flag()}
	}
	return given, nil
}

func fromEnviron(environ []string) (values, error) {
	known := map[string]setting{}
	for _, set := range settings {
		known[set.variable()] = set
	}

	given := values{}
	var errs []error
	for _, entry := range environ {
		variable, text, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(variable, environmentPrefix) {
			continue
		}
		set, ok := known[variable]
		if !ok {
			errs = append(errs, unknown(variable, "environment variable", variables(known)))
			continue
		}
		if text != "" {
			given[set.name] = value{text: text, source: fromEnvironment, name: variable}
		}
	}
	return given, errors.Join(errs...)
}

func variables(known map[string]setting) []string {
	names := make([]string, 0, len(known))
	for name := range known {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
