package people

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"commun/internal/core/journal"
	"commun/internal/platform/fault"
	"commun/internal/platform/storage"
)

// Organisation returns one organisation by its slug.
func (s *Service) Organisation(ctx context.Context, slug string) (Organisation, error) {
	var o Organisation
	err := s.db.Read(ctx, func(tx *storage.Tx) (err error) { o, err = organisationBy(ctx, tx, "slug", slug); return err })
	if isNoRows(err) {
		return o, errNoOrg
	}
	return o, err
}

// OrganisationByID returns one organisation.
func (s *Service) OrganisationByID(ctx context.Context, id string) (Organisation, error) {
	var o Organisation
	err := s.db.Read(ctx, func(tx *storage.Tx) (err error) { o, err = organisationBy(ctx, tx, "id", id); return err })
	if isNoRows(err) {
		return o, errNoOrg
	}
	return o, err
}

// Organisations returns up to limit organisations after the slug cursor, in the order of their slugs.
func (s *Service) Organisations(ctx context.Context, after string, limit int) ([]Organisation, error) {
	rows, err := s.db.Query(ctx, `SELECT `+organisationColumns+` FROM organisations WHERE archived = 0 AND slug > $1 ORDER BY slug LIMIT $2`, after, limit)
	if err != nil {
		return nil, fmt.Errorf("list organisations: %w", err)
	}
	defer rows.Close()
	var list []Organisation
	for rows.Next() {
		o, err := scanOrganisation(rows.Scan)
		if err != nil {
			return nil, err
		}
		list = append(list, o)
	}
	return list, rows.Err()
}

// CreateOrganisation makes an organisation, whose steward is the person who makes it. Its slug comes from its name.
func (s *Service) CreateOrganisation(ctx context.Context, by Actor, name string, kind OrganisationKind, website string) (Organisation, error) {
	if err := by.May(ActCreateOrg, Instance); err != nil {
		return Organisation{}, err
	}
	o := Organisation{ID: storage.NewID(), Kind: kind, CreatedAt: storage.Now(), Revision: 1}
	if err := o.describe(name, kind, website); err != nil {
		return Organisation{}, err
	}
	err := s.journal.Write(ctx, by, func(tx *storage.Tx) (_ journal.Entry, err error) {
		if o.Slug, err = freeOrgSlug(ctx, tx, o.Name); err != nil {
			return journal.Entry{}, err
		}
		if err := insertOrganisation(ctx, tx, o); err != nil {
			return journal.Entry{}, fmt.Errorf("add organisation: %w", err)
		}
		e := journal.Entry{Kind: "people.organisation_created", Object: journal.Object{Kind: OrganisationObject, ID: o.ID}, Owner: o.ID}
		if by.Person != "" {
			role, err := GiveFirst(ctx, tx, o.ID, by.Person)
			if err != nil {
				return journal.Entry{}, err
			}
			e.Also = append(e.Also, role)
		}
		return e, nil
	})
	return o, err
}

// newPage is the slug that a page of the list has for itself.
const newPage = "new"

// freeOrgSlug returns the slug for a new organisation called name, with the lowest number that makes it new when one of quite another name has it:
// a name of signs alone, or partly in another script, leaves little of itself in an address. Error: people.organisation_exists.
func freeOrgSlug(ctx context.Context, tx *storage.Tx, name string) (string, error) {
	base := Slug(name)
	for i := 1; ; i++ {
		slug := base
		if i > 1 {
			slug = base + "-" + strconv.Itoa(i)
		}
		if slug == newPage {
			continue
		}
		other, err := organisationBy(ctx, tx, "slug", slug)
		switch {
		case isNoRows(err):
			return slug, nil
		case err != nil:
			return "", err
		case sameName(other.Name, name):
			return "", fault.Conflict("name", "people.organisation_exists").With("slug", slug)
		}
	}
}

// EditOrganisation changes an organisation that was seen at o.Revision. Its slug stays, so that links go on.
func (s *Service) EditOrganisation(ctx context.Context, by Actor, o Organisation) error {
	if err := by.May(ActEditOrg, o.ID); err != nil {
		return err
	}
	if err := o.describe(o.Name, o.Kind, o.Website); err != nil {
		return err
	}
	return s.journal.Write(ctx, by, func(tx *storage.Tx) (journal.Entry, error) {
		was, err := organisationBy(ctx, tx, "id", o.ID)
		if isNoRows(err) {
			return journal.Entry{}, errNoOrg
		}
		if err != nil {
			return journal.Entry{}, err
		}
		if was.Revision != o.Revision {
			return journal.Entry{}, errChanged
		}
		if err := saveOrganisation(ctx, tx, o); err != nil {
			return journal.Entry{}, fmt.Errorf("save organisation: %w", err)
		}
		return journal.Entry{Kind: "people.organisation_edited", Object: journal.Object{Kind: OrganisationObject, ID: o.ID}, Owner: o.ID}, nil
	})
}

// describe checks and sets what a form gives of an organisation.
func (o *Organisation) describe(name string, kind OrganisationKind, website string) error {
	var faults fault.List
	var err error
	if o.Name, err = checkName("name", name); err != nil {
		faults = append(faults, fault.Of(err)...)
	}
	if o.Kind = kind; !slices.Contains(OrganisationKinds, kind) {
		faults = append(faults, fault.Invalid("kind", "people.organisation_kind_unknown"))
	}
	if o.Website, err = checkWebsite(website); err != nil {
		faults = append(faults, fault.Of(err)...)
	}
	return faults.OrNil()
}
