package api

import (
	"context"
	"net/http"

	"commun/internal/core/journal"
	"commun/internal/core/people"
	"commun/internal/web"
	webapi "commun/internal/web/api"
)

func (a *API) registerForgetting(api *webapi.API) {
	const asked = "/api/admin/forget-requests"
	known := []int{http.StatusForbidden, http.StatusNotFound}
	conflict := append(known[:2:2], http.StatusConflict)
	may := acts(people.ActForget)
	on(api, operation{id: "forgetPerson", method: "DELETE", path: "/api/admin/people/{id}", tag: tagAdmin, summary: "catalogue_api.forget",
		more: "catalogue_api.forget_person_more", status: http.StatusNoContent, fails: conflict, acts: may}, a.forget)
	on(api, operation{id: "getTraces", method: "GET", path: "/api/admin/people/{id}/traces", tag: tagAdmin, summary: "catalogue_api.traces",
		more: "catalogue_api.traces_more", fails: known, acts: may}, a.traces)
	on(api, operation{id: "listForgetRequests", method: "GET", path: asked, tag: tagAdmin, summary: "catalogue_api.asked", more: "catalogue_api.asked_more",
		fails: known[:1], acts: may}, a.asked)
	on(api, operation{id: "getForgetRequest", method: "GET", path: asked + "/{id}", tag: tagAdmin, summary: "catalogue_api.get_asked", fails: known, acts: may},
		a.oneAsked)
	on(api, operation{id: "answerForgetRequest", method: "POST", path: asked + "/{id}/answer", tag: tagAdmin, summary: "catalogue_api.answer_asked",
		more: "catalogue_api.answer_asked_more", status: http.StatusNoContent, fails: conflict, acts: may}, a.answerAsked)
}

type forgetInput struct {
	IDPath
	Sure
	Name []string `query:"name,explode" maxItems:"50" doc:"catalogue_api.forget_names"`
}

func (a *API) forget(ctx context.Context, i *forgetInput) (*nothing, error) {
	by := web.ActorIn(ctx)
	err := by.May(people.ActForget, people.Instance) // the service lets everybody forget themselves: that is DELETE /api/me
	if err == nil {
		err = i.say()
	}
	if err == nil {
		_, err = a.Forget(ctx, by, i.ID, i.Name)
	}
	return &nothing{}, err
}

// TracedThing is what a name stands in, and where.
type TracedThing struct {
	Kind   string        `json:"kind" doc:"catalogue_api.thing_kind"`
	ID     string        `json:"id" doc:"catalogue_api.id"`
	Count  int           `json:"count" doc:"catalogue_api.traced_count"`
	Places []TracedPlace `json:"places" nullable:"false" doc:"catalogue_api.traced_places"`
}

// TracedPlace is a name with the text around it.
type TracedPlace struct {
	Field  string `json:"field" doc:"catalogue_api.place_field"`
	Before string `json:"before" doc:"catalogue_api.place_before"`
	Name   string `json:"name" doc:"catalogue_api.place_name"`
	After  string `json:"after" doc:"catalogue_api.place_after"`
}

func showThings(waits []people.Waiting) []TracedThing {
	list := []TracedThing{}
	for _, w := range waits {
		t := TracedThing{Kind: w.Object.Kind, ID: w.Object.ID, Count: w.Count, Places: []TracedPlace{}}
		for _, p := range w.Places {
			t.Places = append(t.Places, TracedPlace(p))
		}
		list = append(list, t)
	}
	return list
}

// TracedName is a name of a person, and what it stands in that is not hers.
type TracedName struct {
	Name   string        `json:"name" doc:"catalogue_api.person_name"`
	Things []TracedThing `json:"things" nullable:"false" doc:"catalogue_api.traced_things"`
}

// Traces is where the names of a person stand.
type Traces struct {
	AtOnce int          `json:"at_once" doc:"catalogue_api.traced_at_once"`
	Names  []TracedName `json:"names" nullable:"false" doc:"catalogue_api.traced_names"`
}

type tracesOutput struct {
	Private
	Body Traces
}

func (a *API) traces(ctx context.Context, i *IDPath) (*tracesOutput, error) {
	n, names, err := a.People.Look(ctx, web.ActorIn(ctx), i.ID)
	if err != nil {
		return nil, err
	}
	out := &tracesOutput{Private: noStore}
	out.Body.AtOnce, out.Body.Names = n, []TracedName{}
	for _, x := range names {
		out.Body.Names = append(out.Body.Names, TracedName{x.Name, showThings(x.Waits)})
	}
	return out, nil
}

// ForgetRequest is the request of a forgotten person that a name go from what others wrote.
type ForgetRequest struct {
	ID      string `json:"id" doc:"catalogue_api.id"`
	Name    string `json:"name" doc:"catalogue_api.asked_name"`
	At      string `json:"at" format:"date-time" doc:"catalogue_api.asked_at"`
	Outcome string `json:"outcome,omitempty" enum:"all,some,none" doc:"catalogue_api.asked_outcome"`
	Reason  string `json:"reason,omitempty" doc:"catalogue_api.asked_reason"`
}

func showAsked(x people.Asked) ForgetRequest {
	return ForgetRequest{x.ID, x.Name, stamp(x.At), string(x.Outcome), x.Reason}
}

type askedOutput struct {
	Private
	Body All[ForgetRequest]
}

func (a *API) asked(ctx context.Context, _ *noInput) (*askedOutput, error) {
	out := &askedOutput{Private: noStore}
	out.Body.Items = []ForgetRequest{}
	for _, open := range []bool{true, false} {
		list, err := a.People.Requests(ctx, web.ActorIn(ctx), open)
		if err != nil {
			return nil, err
		}
		for _, x := range list {
			out.Body.Items = append(out.Body.Items, showAsked(x))
		}
	}
	return out, nil
}

// TracedForgetRequest is a request to be forgotten, with what waits for its answer.
type TracedForgetRequest struct {
	ForgetRequest
	Things []TracedThing `json:"things" nullable:"false" doc:"catalogue_api.traced_things"`
}

type oneAskedOutput struct {
	Private
	Body TracedForgetRequest
}

func (a *API) oneAsked(ctx context.Context, i *IDPath) (*oneAskedOutput, error) {
	x, waits, err := a.People.Request(ctx, web.ActorIn(ctx), i.ID)
	if err != nil {
		return nil, err
	}
	out := &oneAskedOutput{Private: noStore}
	out.Body.ForgetRequest, out.Body.Things = showAsked(x), showThings(waits)
	return out, nil
}

// ForgetAnswer is the answer to a request to be forgotten.
type ForgetAnswer struct {
	Answer string   `json:"answer" enum:"all,some,none" doc:"catalogue_api.asked_outcome"`
	Things []string `json:"things,omitempty" maxItems:"10000" doc:"catalogue_api.answer_things"`
	Reason string   `json:"reason,omitempty" doc:"catalogue_api.asked_reason"`
}

type answerAskedInput struct {
	IDPath
	Body ForgetAnswer
}

func (a *API) answerAsked(ctx context.Context, i *answerAskedInput) (*nothing, error) {
	answer := people.Answer{Outcome: people.Outcome(i.Body.Answer), Reason: i.Body.Reason}
	for _, t := range i.Body.Things {
		answer.Things = append(answer.Things, journal.ParseObject(t))
	}
	return &nothing{}, in("body", a.AnswerForgetting(ctx, web.ActorIn(ctx), i.ID, answer))
}
