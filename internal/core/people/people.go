// Package people holds who takes part: *persons* with an account, *organisations* (public body, association, company, collective), and the
// *roles* that a person holds on a commons, on an organisation or on the instance. It signs people in by a link sent by mail, keeps their
// sessions, and forgets those who ask. Every service method of commun takes the Actor that this package makes, and asks it.
package people
