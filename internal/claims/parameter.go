package claims

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
)

// Bounds of the claims parameter.
const (
	maxParameter = 8 << 10 // bytes
	maxDepth     = 16      // a request for a check method of evidence takes 12
	maxMembers   = 500     // members and elements, all in all
)

// ErrParameter: the text is no claims request. Other errors of ParseParameter say what is wrong with one.
var ErrParameter = errors.New("is not a claims request in JSON")

// Parameter is the claims parameter (OIDC Core §5.5). The zero value asks for nothing.
type Parameter struct{ tree map[string]any }

// ParseParameter reads the claims parameter; "" asks for nothing. Members that nobody knows are kept and mean nothing (OIDC
// Core §5.5: MUST be ignored); what is known must have its form. The error completes a sentence that begins with the name of
// the parameter, and holds none of its values.
func ParseParameter(raw string) (Parameter, error) {
	if raw == "" {
		return Parameter{}, nil
	}
	if len(raw) > maxParameter {
		return Parameter{}, fmt.Errorf("is longer than %d bytes", maxParameter)
	}
	d := &strictDecoder{Decoder: json.NewDecoder(strings.NewReader(raw))}
	d.UseNumber()
	value, err := d.value(0)
	if err != nil {
		return Parameter{}, err
	}
	tree, isObject := value.(map[string]any)
	if _, err := d.Token(); !isObject || !errors.Is(err, io.EOF) {
		return Parameter{}, ErrParameter
	}
	p := Parameter{tree}
	for _, name := range []string{"id_token", "userinfo"} {
		if err := checkWanted(tree, name); err != nil {
			return Parameter{}, err
		}
	}
	return p, nil
}

// strictDecoder reads JSON into maps, lists and scalars, and refuses what could be read in two ways or costs too much.
type strictDecoder struct {
	*json.Decoder
	members int
}

func (d *strictDecoder) value(depth int) (any, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("is nested deeper than %d levels", maxDepth)
	}
	if d.members++; d.members > maxMembers {
		return nil, fmt.Errorf("has more than %d members", maxMembers)
	}
	token, err := d.Token()
	if err != nil {
		return nil, ErrParameter
	}
	switch token {
	case json.Delim('{'):
		return d.object(depth)
	case json.Delim('['):
		return d.list(depth)
	}
	return token, nil
}

func (d *strictDecoder) object(depth int) (any, error) {
	object := map[string]any{}
	for d.More() {
		token, err := d.Token()
		name, isName := token.(string)
		if err != nil || !isName {
			return nil, ErrParameter
		}
		if _, twice := object[name]; twice {
			return nil, errors.New("has a member twice")
		}
		if object[name], err = d.value(depth + 1); err != nil {
			return nil, err
		}
	}
	return object, d.end()
}

func (d *strictDecoder) list(depth int) (any, error) {
	list := []any{}
	for d.More() {
		value, err := d.value(depth + 1)
		if err != nil {
			return nil, err
		}
		list = append(list, value)
	}
	return list, d.end()
}

func (d *strictDecoder) end() error {
	if _, err := d.Token(); err != nil {
		return ErrParameter
	}
	return nil
}

// checkWanted checks the form of what is asked for in one place.
func checkWanted(tree map[string]any, place string) error {
	member, there := tree[place]
	if !there {
		return nil
	}
	wanted, isObject := member.(map[string]any)
	if !isObject && member != nil {
		return fmt.Errorf("has a member %s that is not an object", place)
	}
	for name, constraint := range wanted {
		if name == verifiedName {
			if err := checkVerified(constraint); err != nil {
				return fmt.Errorf("has a member %s.%s %w", place, verifiedName, err)
			}
			continue
		}
		if err := checkConstraint(constraint); err != nil {
			return fmt.Errorf("has a member of %s %w", place, err)
		}
	}
	return nil
}

// checkConstraint: OIDC Core §5.5.1: null, or an object with essential, value, values.
func checkConstraint(constraint any) error {
	if constraint == nil {
		return nil
	}
	object, isObject := constraint.(map[string]any)
	if !isObject {
		return errors.New("that is neither null nor an object")
	}
	if essential, there := object["essential"]; there {
		if _, isBool := essential.(bool); !isBool {
			return errors.New("whose essential is not true or false")
		}
	}
	values, there := object["values"]
	if list, isList := values.([]any); there && (!isList || len(list) == 0) {
		return errors.New("whose values are not a list")
	}
	if maxAge, there := object["max_age"]; there {
		number, isNumber := maxAge.(json.Number)
		if seconds, err := number.Int64(); !isNumber || err != nil || seconds < 0 {
			return errors.New("whose max_age is not a whole number of seconds")
		}
	}
	return nil
}

// checkVerified: OpenID Connect for Identity Assurance §6: an object, or a list of alternatives, each with verification and
// claims.
func checkVerified(request any) error {
	list, isList := request.([]any)
	if !isList {
		list = []any{request}
	}
	if len(list) == 0 {
		return errors.New("that is an empty list")
	}
	for _, entry := range list {
		object, _ := entry.(map[string]any)
		verification, hasVerification := object["verification"].(map[string]any)
		wanted, hasClaims := object["claims"].(map[string]any)
		if !hasVerification || !hasClaims || len(wanted) == 0 {
			return errors.New("without verification and claims")
		}
		for _, constraint := range wanted {
			if err := checkConstraint(constraint); err != nil {
				return err
			}
		}
		if err := checkVerification(verification); err != nil {
			return err
		}
	}
	return nil
}

// checkVerification walks down to the constraints, which stand anywhere.
func checkVerification(node any) error {
	switch node := node.(type) {
	case nil:
		return nil
	case []any:
		for _, entry := range node {
			if _, isObject := entry.(map[string]any); !isObject {
				return errors.New("with a filter that is not an object")
			}
			if err := checkVerification(entry); err != nil {
				return err
			}
		}
		return nil
	case map[string]any:
		if isConstraint(node) {
			return checkConstraint(node)
		}
		for _, child := range node {
			if err := checkVerification(child); err != nil {
				return err
			}
		}
		return nil
	}
	return errors.New("with a member that is neither null nor an object")
}

// isConstraint tells the end of a request from a step on the way.
func isConstraint(node map[string]any) bool {
	for _, name := range []string{"value", "values", "max_age", "essential"} {
		if _, there := node[name]; there {
			return true
		}
	}
	return false
}

// String is the parameter in its shortest form, "" when it asks for nothing. ParseParameter reads it.
func (p Parameter) String() string {
	if len(p.tree) == 0 {
		return ""
	}
	data, err := json.Marshal(p.tree)
	if err != nil {
		return "" // maps, lists and scalars out of JSON can be written as JSON
	}
	return string(data)
}

// WithACRValues adds the parameter acr_values. OIDC Core §5.5.1.1: it asks for acr as a voluntary claim; the claims parameter
// has precedence where both are there.
func (p Parameter) WithACRValues(values []string) Parameter {
	if len(values) == 0 || p.asks(inIDToken, "acr") {
		return p
	}
	list := make([]any, len(values))
	for i, v := range values {
		list[i] = v
	}
	wanted := map[string]any{"acr": map[string]any{"values": list}}
	for name, constraint := range p.wanted(inIDToken) {
		wanted[name] = constraint
	}
	tree := map[string]any{"id_token": wanted}
	for name, member := range p.tree {
		if name != "id_token" {
			tree[name] = member
		}
	}
	return Parameter{tree}
}

func (p Parameter) wanted(place where) map[string]any {
	name := "id_token"
	if place == inUserInfo {
		name = "userinfo"
	}
	wanted, _ := p.tree[name].(map[string]any)
	return wanted
}

// asks reports whether a claim is asked for.
func (p Parameter) asks(place where, name string) bool {
	_, there := p.wanted(place)[name]
	return there
}

// allows reports whether a value is one of those that are asked for.
func (p Parameter) allows(place where, name string, value any) bool {
	return matches(p.wanted(place)[name], value)
}

// acr returns the acr values that are asked for, and whether they are essential.
func (p Parameter) acr() (values []string, essential bool) {
	constraint, _ := p.wanted(inIDToken)["acr"].(map[string]any)
	essential, _ = constraint["essential"].(bool)
	if one, isText := constraint["value"].(string); isText {
		return []string{one}, essential
	}
	list, _ := constraint["values"].([]any)
	for _, v := range list {
		if value, isText := v.(string); isText {
			values = append(values, value)
		}
	}
	return values, essential
}

// verified returns the requests for verified_claims, and whether they came as a list.
func (p Parameter) verified(place where) (requests []map[string]any, isList bool) {
	request := p.wanted(place)[verifiedName]
	list, isList := request.([]any)
	if !isList {
		list = []any{request}
	}
	for _, entry := range list {
		if object, isObject := entry.(map[string]any); isObject {
			requests = append(requests, object)
		}
	}
	return requests, isList
}

// matches reports whether a value meets the value and the values of a constraint.
func matches(constraint, value any) bool {
	object, _ := constraint.(map[string]any)
	if one, there := object["value"]; there && !isSame(one, value) {
		return false
	}
	values, there := object["values"].([]any)
	return !there || slices.ContainsFunc(values, func(v any) bool { return isSame(v, value) })
}

// isSame compares a value of the request with one of ours, as JSON has them.
func isSame(asked, ours any) bool {
	data, err := json.Marshal(ours)
	if err != nil {
		return false
	}
	d := json.NewDecoder(strings.NewReader(string(data)))
	d.UseNumber()
	var plain any
	return d.Decode(&plain) == nil && reflect.DeepEqual(asked, plain)
}
