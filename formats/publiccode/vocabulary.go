package publiccode

import "strings"

// The controlled vocabularies of version 0.7. Each list only ever grew; younger says since when, where it matters.

// categories classify software by what it does.
var categories = strings.Fields(`
	accounting agile-project-management applicant-tracking application-development appointment-scheduling backup
	billing-and-invoicing blog budgeting business-intelligence business-process-management cad call-center-management
	cloud-management collaboration communications compliance-management contact-management content-management crm
	customer-service-and-support data-analytics data-collection data-visualization design design-system digital-asset-management
	digital-citizenship document-management donor-management e-commerce e-signature educational-content email-management
	email-marketing employee-management enterprise-project-management enterprise-social-networking erp event-management
	facility-management feedback-and-reviews-management financial-reporting fleet-management fundraising gamification
	geographic-information-systems grant-management graphic-design help-desk hr ide identity-management instant-messaging
	integrated-library-system inventory-management it-asset-management it-development it-management it-security
	it-service-management knowledge-management learning-management-system marketing mind-mapping mobile-marketing mobile-payment
	network-management office online-booking online-community payment-gateway payroll predictive-analysis procurement
	productivity-suite project-collaboration project-management property-management real-estate-management
	regulations-and-directives remote-support resource-management sales-management seo service-desk social-media-management
	survey talent-management task-management taxes-management test-management time-management time-tracking translation
	video-conferencing video-editing visitor-management voip warehouse-management web-collaboration web-conferencing
	website-builder whistleblowing workflow-management other`)

// scopes are fields of public action.
var scopes = strings.Fields(`
	agriculture culture defence education emergency-services employment energy environment finance-and-economic-development
	foreign-affairs government healthcare infrastructures justice local-authorities manufacturing research
	science-and-technology security society sport tourism transportation welfare`)

// younger holds the categories that came after core-0.2. An older file that has one is early, which is a warning.
var younger = map[string]gen{
	"educational-content": v03, "whistleblowing": v03,
	"design": v04, "design-system": v04, "integrated-library-system": v04, "regulations-and-directives": v04,
	"other": v05,
}

// statuses are the values of developmentStatus.
var statuses = strings.Fields(`
	concept development beta stable obsolete`)

// types are the values of softwareType; version 0.1 had standalone alone.
var types = strings.Fields(`
	standalone/mobile standalone/iot standalone/desktop standalone/web standalone/backend standalone/other addon library
	configurationFiles`)

// typesBefore02 are the values of softwareType in version 0.1.
var typesBefore02 = strings.Fields(`
	standalone addon library configurationFiles`)

// aliases are what supports[].id may name as alias:….
var aliases = strings.Fields(`
	gdpr eidas nis2 cra spid cie anpr pagopa io`)

// countries are the codes of ISO 3166-1 alpha-2, all 249.
var countries = strings.Fields(`
	AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF
	CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH
	GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW
	KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG
	NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN
	SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT
	ZA ZM ZW`)

// Vocabulary is one of the lists, for a form that offers its values.
type Vocabulary struct{ Categories, Scopes, Statuses, Types, Maintenance, Platforms, Aliases, Countries []string }

// Vocabularies returns the lists of the current version. Platforms are those that the standard knows; others are allowed.
func Vocabularies() Vocabulary {
	copied := func(s []string) []string { return append([]string(nil), s...) }
	return Vocabulary{
		Categories: copied(categories), Scopes: copied(scopes), Statuses: copied(statuses), Types: copied(types),
		Maintenance: []string{"internal", "contract", "community", "none"},
		Platforms:   []string{"web", "windows", "mac", "linux", "ios", "android"},
		Aliases:     copied(aliases), Countries: copied(countries),
	}
}

// The formats of pictures, the same in every version, by the endings of their files. The standard says JPG; .jpeg is the same.
var (
	logoFormats = []string{"svg", "svgz", "png"}
	shotFormats = []string{"png", "jpg", "jpeg"}
	// otherFormats are endings of files that are surely something else, when an address has one.
	otherFormats = []string{"gif", "webp", "avif", "bmp", "tif", "tiff", "ico", "eps", "ai", "psd", "pdf", "mpg", "mpeg", "mp4", "webm", "mov", "avi",
		"jpg", "jpeg", "svg", "svgz", "htm", "html", "md", "txt", "zip"}
)
