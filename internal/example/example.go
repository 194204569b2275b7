// Package example fills an empty installation with believable businesses, so that
// a page, a list and a search have something to show in development.
//
// The command for development calls it once. It knows names and nothing else: no
// business of it is connected to anything, because saved must never look like
// working, and a deployment is made by the acts that make every other one.
package example

import (
	"context"
	_ "embed"
	"encoding/csv"
	"strings"

	"businessmanager/internal/bm"
	"businessmanager/internal/store"
)

// Every name is invented. A line with places is a chain: one business for each.
//
//go:embed businesses.csv
var lines string

// Load adds the example businesses and their partners. Where there are businesses
// already it does nothing: the examples would only be in the way.
func Load(ctx context.Context, s *store.Store, by bm.Actor) error {
	there, err := s.CountBusinesses(ctx, bm.Everything(), store.BusinessQuery{})
	if err != nil || there > 0 {
		return err
	}
	list, err := businesses()
	if err != nil {
		return err
	}
	return s.AddBusinesses(ctx, by, list)
}

// businesses reads the list.
func businesses() ([]store.NewBusiness, error) {
	r := csv.NewReader(strings.NewReader(lines))
	r.FieldsPerRecord = 6 // partner, name, via name, languages, notes, places
	records, err := r.ReadAll()
	if err != nil {
		return nil, err
	}
	var list []store.NewBusiness
	for _, f := range records[1:] { // below the heading
		b := store.NewBusiness{Partner: f[0], Name: f[1], ViaName: f[2], Languages: f[3], Notes: f[4]}
		if f[5] == "" {
			list = append(list, b)
			continue
		}
		for place := range strings.SplitSeq(f[5], "|") {
			branch := b
			branch.Name += " " + place
			list = append(list, branch)
		}
	}
	return list, nil
}
