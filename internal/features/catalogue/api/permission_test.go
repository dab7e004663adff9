package api_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"commun/internal/core/instance"
	"commun/internal/core/journal"
	"commun/internal/core/people"
	"commun/internal/features/catalogue"
	"commun/internal/platform/jobs"
	"commun/internal/platform/storage"
	"commun/internal/platform/testkit"
)

// setting is what the rows of the table name: ids that only a run knows.
type setting struct{ report, job, entry, list, person, asked string }

// prepare makes one of each thing that an operation is about.
func (w *world) prepare() setting {
	w.T.Helper()
	ctx := w.T.Context()
	var s setting
	var err error
	s.report, err = w.Cat.Report(ctx, people.Actor{}, w.umap.ID, catalogue.NewReport{Reason: "wrong", Words: "The licence is another.", Lang: "en"})
	w.Must(err)
	w.Must(w.DB.Maintain(ctx, func(tx *storage.Tx) error {
		s.job, _, err = w.Jobs.Enqueue(ctx, tx, jobs.Job{Kind: catalogue.JobImport, Owner: w.umap.ID, Subject: w.umap.ID})
		return err
	}))
	s.list, _, err = w.Cat.ImportAddresses(ctx, w.admin, "a list", strings.NewReader("https://git.example.org/a\n"))
	w.Must(err)
	_, err = w.Commons.Edit(ctx, w.steward, w.umap.ID, editOf(w, "uMap", "Make your maps"))
	w.Must(err)
	history, err := w.Journal.History(ctx, journal.Object{Kind: "commons", ID: w.umap.ID}, 0)
	w.Must(err)
	s.entry = history[0].ID
	for {
		n, err := w.Journal.Sequence(ctx)
		w.Must(err)
		if n == 0 {
			break
		}
	}
	s.person = w.Member("Pat", "pat@example.org").Person
	gone := w.Member("uMap", "gone@example.org") // as a commons is called
	w.Forget(gone, gone)
	asked, err := w.People.Requests(ctx, w.admin, true)
	w.Must(err)
	s.asked = asked[0].ID
	_, err = w.People.CreateOrganisation(ctx, w.steward, "Maps for all", people.Association, "")
	w.Must(err)
	w.measured = true
	return s
}

// table holds what each operation answers to a visitor, a member, the steward of the commons, the steward of another, and an administrator, asked
// in this order in one world. So an administrator's 409 after a steward's success says that there was nothing left to do: they may.
const table = `
listCommons        GET    /api/commons                                            200 200 200 200 200
exportCommonsCSV   GET    /api/commons.csv                                        200 200 200 200 200
exportCommonsJSON  GET    /api/commons.json                                       200 200 200 200 200
suggestCommons     GET    /api/suggest?q=um                                       200 200 200 200 200
getCommons         GET    /api/commons/umap                                       200 200 200 200 200
listValues         GET    /api/commons/umap/values                                200 200 200 200 200
aboutRefresh       GET    /api/commons/umap/about                                 200 200 200 200 200
listProblems       GET    /api/commons/umap/problems                              200 200 200 200 200
getVitality        GET    /api/commons/umap/vitality                              200 200 200 200 200
getPublicCode      GET    /api/commons/umap/publiccode.yml                        200 200 200 200 200
prefillPublicCode  GET    /api/commons/umap/publiccode                            200 200 200 200 200
checkPublicCode    POST   /api/publiccode TEXT                                    200 200 200 200 200
writePublicCode    POST   /api/publiccode/file {"name":"x"}                       422 422 422 422 422
listHistory        GET    /api/commons/umap/history                               200 200 200 200 200
listActivity       GET    /api/activity?commons=umap                              200 200 200 200 200
getEntry           GET    /api/entries/ENTRY                                      200 200 200 200 200
getProof           GET    /api/entries/ENTRY/proof                                200 200 200 200 200
getCheckpoint      GET    /api/log/checkpoint                                     200 200 200 200 200
getConsistency     GET    /api/log/consistency?from=1                             200 200 200 200 200
getJob             GET    /api/jobs/JOB                                           200 200 200 200 200
listOrganisations  GET    /api/organisations                                      200 200 200 200 200
getOrganisation    GET    /api/organisations/maps-for-all                         200 200 200 200 200

reportCommons      POST   /api/commons/umap/reports {"reason":"wrong","words":"no"}               201 201 201 201 201
writeToStewards    POST   /api/commons/umap/letters {"address":"a@example.org","words":"Hello"}   202 202 202 202 202
addCommons         POST   /api/commons {"fields":{"name":"New"}}                  403 201 201 201 201
editCommons        PATCH  /api/commons/umap {"fields":{"stage":"beta"}}           403 403 200 403 200
undoChange         POST   /api/commons/umap/undo {"entry":"ENTRY"}                403 403 200 403 200
refreshCommons     POST   /api/commons/umap/refresh                               403 403 422 403 422
listReports        GET    /api/commons/umap/reports                               403 403 200 403 200
listOpenReports    GET    /api/reports                                            403 403 403 403 200
answerReport       POST   /api/reports/REPORT/answer {"answer":"Thank you"}       403 403 204 403 409
retryJob           POST   /api/jobs/JOB/retry                                     403 403 409 403 409
cancelJob          POST   /api/jobs/JOB/cancel                                    403 403 200 403 409
listRoles          GET    /api/commons/umap/roles                                 403 403 200 403 200
giveRole           POST   /api/commons/umap/roles {"email":"mel@example.org","role":"observer"}   403 403 201 403 201
takeRole           DELETE /api/commons/umap/roles/PERSON/observer                 403 403 204 403 204
listOrganisationRoles GET    /api/organisations/maps-for-all/roles                              200 200 200 200 200
giveOrganisationRole  POST   /api/organisations/maps-for-all/roles {"email":"mel@example.org","role":"observer"}   403 403 201 403 201
takeOrganisationRole  DELETE /api/organisations/maps-for-all/roles/PERSON/observer              403 403 204 403 204
editOrganisation   PATCH  /api/organisations/maps-for-all {"website":"https://maps.example.org"}  403 403 200 403 200
addOrganisation    POST   /api/organisations {"name":"Org ACTOR","kind":"company"}   403 201 201 201 201
getMe              GET    /api/me                                                 403 200 200 200 200
editMe             PATCH  /api/me {"lang":"en"}                                   403 200 200 200 200
listSessions       GET    /api/me/sessions                                        403 200 200 200 200

listJobs           GET    /api/admin/jobs                                         403 403 403 403 200
listLists          GET    /api/lists                                              403 403 403 403 200
getList            GET    /api/lists/LIST                                         403 403 403 403 200
listLines          GET    /api/lists/LIST/lines                                   403 403 403 403 200
giveList           POST   /api/lists {"name":"l","addresses":["https://git.example.org/b"]}   403 403 403 403 202
listPeople         GET    /api/admin/people                                       403 403 403 403 200
invitePerson       POST   /api/admin/people {"email":"new@example.org"}           403 403 403 403 201
makeAdmin          PUT    /api/admin/people/PERSON/admin                          403 403 403 403 204
unmakeAdmin        DELETE /api/admin/people/PERSON/admin                          403 403 403 403 204
getSettings        GET    /api/admin/settings                                     403 403 403 403 200
editSettings       PATCH  /api/admin/settings {"name":"Our commons"}              403 403 403 403 200
getHealth          GET    /api/admin/health                                       403 403 403 403 200
listHosts          GET    /api/admin/hosts                                        403 403 403 403 200
scanHost           POST   /api/admin/hosts/scan {"address":"ssh://git@git.example.org/a"}   403 403 403 403 200
addHost            POST   /api/admin/hosts {"line":"git.example.org ssh-ed25519 AAAA"}      403 403 403 403 204
removeHost         DELETE /api/admin/hosts?host=git.example.org&fingerprint=x     403 403 403 403 204

archiveCommons     POST   /api/commons/umap/archive                               403 403 200 403 200
approveCommons     POST   /api/commons/umap/approve                               403 403 403 403 409
reopenCommons      POST   /api/commons/umap/reopen                                403 403 200 403 200
mergeCommons       POST   /api/commons/umap/merge {"into":"wiki"}                 403 403 403 403 200
getTraces          GET    /api/admin/people/PERSON/traces                         403 403 403 403 200
listForgetRequests GET    /api/admin/forget-requests                              403 403 403 403 200
getForgetRequest   GET    /api/admin/forget-requests/ASKED                        403 403 403 403 200
answerForgetRequest POST  /api/admin/forget-requests/ASKED/answer {"answer":"none","reason":"A commons is called so."}   403 403 403 403 204
forgetPerson       DELETE /api/admin/people/PERSON?sure=true                      403 403 403 403 204
endSession         DELETE /api/me/sessions/none                                   403 204 204 204 204
endSessions        DELETE /api/me/sessions                                        403 204 204 204 204
forgetMe           DELETE /api/me?sure=true                                       403 204 204 204 409
`

func TestWhoMayDoWhat(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
		w := open(t, db)
		s := w.prepare()
		named := map[string]bool{}
		actors := []struct {
			name string
			by   people.Actor
		}{{"visitor", people.Actor{}}, {"member", w.member}, {"steward", w.steward}, {"steward of another", w.other}, {"administrator", w.admin}}
		for _, row := range strings.Split(strings.TrimSpace(table), "\n") {
			words := strings.Fields(row)
			if len(words) == 0 {
				continue
			}
			id, method := words[0], words[1]
			named[id] = true
			wants, line := words[len(words)-5:], strings.Join(words[2:len(words)-5], " ")
			for i, x := range actors {
				fill := strings.NewReplacer("REPORT", s.report, "JOB", s.job, "ENTRY", s.entry, "LIST", s.list, "PERSON", s.person, "ASKED", s.asked, "ACTOR", fmt.Sprint(i), "TEXT", "publiccodeYmlVersion: 0.5.0").Replace(line)
				a := request(w.as(x.by), method+" "+fill)
				if got := fmt.Sprint(a.Status); got != wants[i] {
					t.Errorf("%s by %s: got %s, want %s: %.300s", id, x.name, got, wants[i], a.Body)
				}
				if a.Status >= 400 && a.Header.Get("Content-Type") != "application/problem+json" {
					t.Errorf("%s by %s: the refusal is %q", id, x.name, a.Header.Get("Content-Type"))
				}
				// addresses: one's own at /api/me, and all to administrators
				if strings.Contains(a.Body, "@example.org") && x.name != "administrator" && id != "getMe" && id != "editMe" {
					t.Errorf("%s by %s: an e-mail address is in the answer: %.300s", id, x.name, a.Body)
				}
			}
		}
		for _, id := range operations(t, w) {
			if !named[id] {
				t.Errorf("operation %s is not in the table", id)
			}
		}
		w.WantWhole()
	})
}

// operations lists the ids of the document.
func operations(t *testing.T, w *world) []string {
	t.Helper()
	doc, err := w.api.Document("en")
	w.Must(err)
	var ids []string
	for _, item := range doc["paths"].(map[string]any) {
		for _, op := range item.(map[string]any) {
			ids = append(ids, op.(map[string]any)["operationId"].(string))
		}
	}
	slices.Sort(ids)
	return ids
}

func TestWhatIsProposedIsSeenByItsProposerOnly(t *testing.T) {
	each(t, func(w *world) {
		set := instance.Default("en")
		set.Adding = "approval"
		w.Must(w.Instance.Edit(w.T.Context(), w.admin, set))
		w.as(w.member).JSON("POST", "/api/commons", `{"fields":{"name":"Secret plan"}}`).Want(201, `"state":"proposed"`)
		w.found()
		paths := []string{"", "/history", "/values", "/about", "/problems", "/vitality", "/publiccode.yml", "/publiccode"}
		for _, p := range paths {
			for name, by := range map[string]people.Actor{"visitor": {}, "other": w.other} {
				if a := w.as(by).Get("/api/commons/secret-plan" + p); a.Status != 404 || strings.Contains(a.Body, "Secret") {
					w.T.Errorf("%s sees %s of a proposed commons: %d %.200s", name, p, a.Status, a.Body)
				}
			}
		}
		for _, p := range []string{"/api/commons?q=secret", "/api/suggest?q=secr", "/api/activity", "/api/commons.json", "/api/commons.csv"} {
			w.as(people.Actor{}).Get(p).Want(200).WantNot("Secret plan")
		}
		w.as(w.member).Get("/api/commons/secret-plan").Want(200, "Secret plan")
		w.as(w.admin).JSON("POST", "/api/commons/secret-plan/approve", "").Want(200, `"state":"active"`)
		w.as(people.Actor{}).Get("/api/commons/secret-plan").Want(200, "Secret plan")
	})
}

func TestAddressesStayWithTheirOwners(t *testing.T) {
	each(t, func(w *world) {
		w.as(people.Actor{}).JSON("POST", "/api/commons/umap/reports", `{"reason":"wrong","words":"No.","contact":"rita@example.net"}`).Want(201)
		w.as(w.steward).Get("/api/commons/umap/reports").Want(200, `"awaits_answer":true`).WantNot("rita@")
		w.as(w.admin).Get("/api/reports").Want(200, "rita@example.net")
		w.as(w.steward).JSON("POST", "/api/commons/umap/roles", `{"email":"mel@example.org","role":"contributor"}`).Want(201, `"name":"Mel Member"`).WantNot("mel@")
		w.as(w.steward).Get("/api/commons/umap/roles").Want(200, "Mel Member").WantNot("mel@")
		w.as(w.steward).JSON("POST", "/api/commons/umap/roles", `{"email":"nobody@example.org","role":"contributor"}`).Want(422, "body.email", "Nobody with this address")
		w.as(w.member).Get("/api/me").Want(200, "mel@example.org", `"name":"uMap"`, "/commons/umap").WantNot("sam@")
		w.as(w.member).JSON("PATCH", "/api/commons/umap", `{"fields":{"stage":"beta"}}`).Want(200)

		invited := w.as(w.admin).JSON("POST", "/api/admin/people", `{"name":"Ines","email":"ines@example.org"}`).Want(201, "https://commons.example.org/sign-in/")
		if invited.Header.Get("Cache-Control") != "no-store" {
			w.T.Error("an answer with a secret may be kept by caches")
		}
	})
}

func TestJobsForPersonsAreNotShown(t *testing.T) {
	each(t, func(w *world) {
		var job string
		ctx := w.T.Context()
		w.Must(w.DB.Maintain(ctx, func(tx *storage.Tx) (err error) {
			job, _, err = w.Jobs.Enqueue(ctx, tx, jobs.Job{Kind: catalogue.JobLetter, Owner: w.umap.ID, Person: w.steward.Person})
			return err
		}))
		w.as(w.other).Get("/api/jobs/" + job).Want(404)
		w.as(w.steward).JSON("POST", "/api/jobs/"+job+"/cancel", "").Want(404)
		w.as(w.admin).Get("/api/jobs/"+job).Want(200, `"commons":"umap"`).WantNot(w.steward.Person)
	})
}

// schemaNames are the names of the document's schemas: they are part of what is stable, and must not be another package's by accident.
func TestSchemasAreNamedByWhatTheyAre(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
		w := open(t, db)
		doc, err := w.api.Document("en")
		w.Must(err)
		schemas := doc["components"].(map[string]any)["schemas"].(map[string]any)
		for _, name := range []string{"Commons", "Added", "Conflict", "Problem", "Item", "Entry", "Proof", "Report", "Job", "Vitality", "EntryPage", "JobPage", "Roles", "Sessions",
			"CommonsPage", "NewCommons", "CommonsPatch", "NewReport"} {
			if schemas[name] == nil {
				t.Errorf("no schema %s among %v", name, slices.Sorted(maps.Keys(schemas)))
			}
		}
		for name := range schemas {
			if strings.Contains(name, "Body") || strings.HasSuffix(name, "Input") || strings.HasSuffix(name, "Output") {
				t.Errorf("the schema %s is named after what carries it", name)
			}
		}
		fields := schemas["Commons"].(map[string]any)["properties"].(map[string]any)["fields"].(map[string]any)["properties"].(map[string]any)
		if fields["publiccode"] != nil || fields["summary"] == nil {
			t.Errorf("the fields of a commons are described as %v", slices.Sorted(maps.Keys(fields)))
		}
	})
}
