package api

import (
	"bytes"
	_ "embed"
	"html/template"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"
)

var (
	//go:embed docs.html
	docsPage string
	//go:embed docs.css
	docsLook []byte
)

// about opens the document and the page: what holds for every call.
const about = "Every call wants an API token: “Authorization: Bearer bm_…”. Without a valid one the answer is 401, for what the token may not see it is 404, and for what it may not do 403.\n\n" +
	"Bodies are JSON objects of at most 1 MiB. What a call does not know is refused by name and never ignored: a mistyped member is a 422, and so is a mistyped parameter. What is not JSON is a 400.\n\n" +
	"Every refusal is application/problem+json (RFC 9457). With 422, errors lists each field with a sentence. A refusal never quotes what was sent.\n\n" +
	"Lists take limit (50, at most 200) and cursor, which is opaque and belongs to its query. next_cursor is null on the last page.\n\n" +
	"Ids of our own are numbers or begin with evt_. Ids of a platform are texts. Times are RFC 3339 in UTC."

func tags() []*huma.Tag {
	return []*huma.Tag{
		{Name: "Partners", Description: "The customer organisations that own businesses."},
		{Name: "Businesses", Description: "What end users talk to."},
		{Name: "Deployments", Description: "A business on a platform: credentials, callback, switch, and what is proved of them."},
		{Name: "Events", Description: "What arrived, and the pull side of delivery."},
		{Name: "Audit", Description: "Who did what."},
	}
}

// What the page shows, made from the OpenAPI document alone.
type docsView struct {
	Title, Version, Server, Spec, Look string
	About                              []string
	Groups                             []docsGroup
}

type docsGroup struct {
	Name, Anchor, About string
	Calls               []docsCall
}

type docsCall struct {
	ID, Method, Path, Summary string
	About                     []string
	Ability, Roles            string
	Parameters, Body, Answer  []docsRow
	Status                    string
	Refusals                  string
}

type docsRow struct {
	Name, In, Type, About string
	Mark                  string // needed, of what is sent; always, of what is answered
}

// docsOf draws the page once.
func docsOf(o *huma.OpenAPI) ([]byte, error) {
	t, err := template.New("docs").Parse(docsPage)
	if err != nil {
		return nil, err
	}
	v := docsView{
		Title: o.Info.Title, Version: o.Info.Version, Server: o.Servers[0].URL, Spec: specPath, Look: lookPath,
		About: paragraphs(o.Info.Description),
	}
	for _, tag := range o.Tags {
		v.Groups = append(v.Groups, groupOf(o, tag))
	}
	var buf bytes.Buffer
	err = t.Execute(&buf, v)
	return buf.Bytes(), err
}

func paragraphs(s string) []string {
	return slices.DeleteFunc(strings.Split(s, "\n\n"), func(p string) bool { return p == "" })
}

func groupOf(o *huma.OpenAPI, tag *huma.Tag) docsGroup {
	g := docsGroup{Name: tag.Name, Anchor: strings.ToLower(tag.Name), About: tag.Description}
	for _, path := range sortedKeys(o.Paths) {
		item := o.Paths[path]
		for _, op := range []*huma.Operation{item.Post, item.Get, item.Put, item.Patch, item.Delete} {
			if op != nil && op.Tags[0] == tag.Name {
				g.Calls = append(g.Calls, callOf(o, op))
			}
		}
	}
	return g
}

func callOf(o *huma.OpenAPI, op *huma.Operation) docsCall {
	c := docsCall{ID: op.OperationID, Method: op.Method, Path: op.Path, Summary: op.Summary, About: paragraphs(op.Description)}
	c.Ability, _ = op.Extensions["x-ability"].(string)
	roles, _ := op.Extensions["x-roles"].([]string)
	c.Roles = strings.Join(roles, ", ")
	for _, p := range op.Parameters {
		row := rowFor(o, p.Name, p.Schema)
		row.In = p.In
		if p.Required {
			row.Mark = needed
		}
		c.Parameters = append(c.Parameters, row)
	}
	if op.RequestBody != nil {
		c.Body = rowsOf(o, "", op.RequestBody.Content["application/json"].Schema, needed, 0)
	}
	var refusals []string
	for _, status := range sortedKeys(op.Responses) {
		r := op.Responses[status]
		if status >= "400" {
			refusals = append(refusals, status)
			continue
		}
		c.Status = status + " " + r.Description
		if m := r.Content["application/json"]; m != nil {
			c.Answer = rowsOf(o, "", m.Schema, always, 0)
		}
	}
	c.Refusals = strings.Join(refusals, ", ")
	return c
}

// What is said of a member that may not be missing.
const needed, always = "needed", "always"

// depth is how far members of members are shown: a list's items and theirs.
const depth = 3

// rowsOf lists the members of an object, and of the objects in it as "a.b" and "a[].b".
func rowsOf(o *huma.OpenAPI, prefix string, s *huma.Schema, mark string, level int) []docsRow {
	s = resolved(o, s)
	if s == nil || level > depth {
		return nil
	}
	var rows []docsRow
	for _, name := range sortedKeys(s.Properties) {
		p := s.Properties[name]
		row := rowFor(o, prefix+name, p)
		if slices.Contains(s.Required, name) {
			row.Mark = mark
		}
		rows = append(rows, row)
		switch r := resolved(o, p); {
		case r.Type == huma.TypeArray:
			rows = append(rows, rowsOf(o, prefix+name+"[].", r.Items, mark, level+1)...)
		case r.Type == huma.TypeObject:
			rows = append(rows, rowsOf(o, prefix+name+".", r, mark, level+1)...)
			if each, ok := r.AdditionalProperties.(*huma.Schema); ok {
				rows = append(rows, rowsOf(o, prefix+name+".*.", each, mark, level+1)...)
			}
		}
	}
	return rows
}

func rowFor(o *huma.OpenAPI, name string, s *huma.Schema) docsRow {
	row := docsRow{Name: name, Type: typeOf(o, s), About: s.Description}
	if len(s.Enum) > 0 {
		words := make([]string, len(s.Enum))
		for i, w := range s.Enum {
			words[i], _ = w.(string)
		}
		row.About = strings.TrimSpace(row.About + " One of " + strings.Join(words, ", ") + ".")
	}
	return row
}

// typeOf names a type as people do.
func typeOf(o *huma.OpenAPI, s *huma.Schema) string {
	r := resolved(o, s)
	name := map[string]string{
		huma.TypeString: "text", huma.TypeInteger: "whole number", huma.TypeNumber: "number",
		huma.TypeBoolean: "true or false", huma.TypeObject: "object", "": "any JSON",
	}[r.Type]
	switch {
	case r.Type == huma.TypeArray:
		name = "list of " + typeOf(o, r.Items)
	case r.Format == "date-time":
		name = "time"
	case r.Format == "password":
		name = "secret text"
	case r != s && len(s.OneOf) == 2 && s.OneOf[1].Type == "null":
		name += " or null"
	case len(r.OneOf) == 2:
		name = typeOf(o, r.OneOf[0]) + " or " + typeOf(o, r.OneOf[1])
	}
	if r.Nullable {
		name += " or null"
	}
	return name
}

// resolved follows a reference, also that of an object that may be null.
func resolved(o *huma.OpenAPI, s *huma.Schema) *huma.Schema {
	if s != nil && len(s.OneOf) == 2 && s.OneOf[1].Type == "null" {
		s = s.OneOf[0]
	}
	if s != nil && s.Ref != "" {
		return o.Components.Schemas.SchemaFromRef(s.Ref)
	}
	return s
}

// serveDocs sends the page. It may load its style sheet from us and nothing else
// from anywhere: there is no script on it.
func (a *API) serveDocs(c echo.Context) error {
	c.Response().Header().Set("Content-Security-Policy",
		"default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	return c.HTMLBlob(http.StatusOK, a.docs)
}

func (a *API) serveLook(c echo.Context) error {
	return c.Blob(http.StatusOK, "text/css; charset=utf-8", docsLook)
}
