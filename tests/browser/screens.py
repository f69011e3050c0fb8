"""Every screen there is: who looks at it, where it is, and what it is called in a picture."""

from dataclasses import dataclass

from tests.browser.cast import DIEGO, LUCIA, MARTA, Person, Played


@dataclass(frozen=True)
class Screen:
    name: str
    endpoint: str  # of the route that draws it; "" for no route of ours
    path: str  # with names of `Played.ids` in braces
    person: Person | None = LUCIA
    status: int = 200

    def at(self, played: Played) -> str:
        return self.path.format(**played.ids)


SCREENS = (
    Screen("sign-in", "sign_in.show", "/sign-in", None),
    Screen("components", "dev.ui", "/dev/ui", MARTA),
    Screen("not-found", "", "/nowhere", LUCIA, 404),
    Screen("forbidden", "dev.ui", "/dev/ui", DIEGO, 403),
    Screen("campaigns", "campaigns.index", "/campaigns"),
    Screen("campaigns-none", "campaigns.index", "/campaigns?q=zzz"),
    Screen("campaigns-of-an-operator", "campaigns.index", "/campaigns", DIEGO),
    Screen("campaign", "campaign.show", "/campaigns/{running}"),
    Screen("campaign-of-an-operator", "campaign.show", "/campaigns/{running}", DIEGO),
    Screen("campaign-paused", "campaign.show", "/campaigns/{paused}"),
    Screen("campaign-finished", "campaign.show", "/campaigns/{finished}"),
    Screen("campaign-cancelled", "campaign.show", "/campaigns/{cancelled}"),
    Screen("campaign-draft", "campaign.show", "/campaigns/{draft}"),
    Screen("campaign-cases", "campaign.cases", "/campaigns/{running}/cases"),
    Screen("campaign-results", "campaign.results", "/campaigns/{running}/results"),
    Screen("campaign-unsent", "campaign.unsent", "/campaigns/{running}/unsent"),
    Screen("campaign-unsent-retry", "campaign.unsent", "/campaigns/{running}/unsent?reason=63024"),
    Screen("campaign-review", "campaign_doubts.show", "/campaigns/{running}/review"),
    Screen("campaign-doubts", "campaign_doubts.show", "/campaigns/{running}/review"),
    Screen("campaign-setup", "campaign.setup", "/campaigns/{running}/setup"),
    Screen("campaign-activity", "campaign.activity", "/campaigns/{running}/activity"),
    Screen("campaign-operators", "campaign_actions.operators", "/campaigns/{running}/operators"),
    Screen("new-campaign", "campaign_edit.new", "/campaigns/new"),
    Screen("step-type", "campaign_edit.type", "/campaigns/{draft}/edit/type"),
    Screen("step-audience", "campaign_edit.audience", "/campaigns/{draft}/edit/audience"),
    Screen("step-people", "campaign_edit.people", "/campaigns/{draft}/edit/people"),
    Screen("step-template", "campaign_edit.template", "/campaigns/{draft}/edit/template"),
    Screen("step-team", "campaign_edit.team", "/campaigns/{draft}/edit/team"),
    Screen("step-review", "campaign_edit.review", "/campaigns/{draft}/edit/review"),
    Screen("templates", "templates.index", "/templates"),
    Screen("template", "templates.show", "/templates/{template}"),
    Screen("template-draft", "templates.show", "/templates/{draft_template}"),
    Screen("template-new", "templates.new", "/templates/new"),
    Screen("template-edit", "templates.edit", "/templates/{draft_template}/edit"),
    Screen("types", "catalogue.types", "/catalogue/types"),
    Screen("type", "catalogue.show_type", "/catalogue/types/{type}"),
    Screen("type-new", "catalogue.new_type", "/catalogue/types/new"),
    Screen("shared-results", "catalogue.shared", "/catalogue/types/shared/results"),
    Screen("result", "catalogue.show_result", "/catalogue/results/{result_type}"),
    Screen("result-phrases", "catalogue.phrases", "/catalogue/results/{result_type}/phrases"),
    Screen("result-new", "catalogue.new_result", "/catalogue/types/{type}/results/new"),
    Screen(
        "shared-result-new", "catalogue.new_shared_result", "/catalogue/types/shared/results/new"
    ),
    Screen("quick-texts", "quick_texts.index", "/catalogue/quick-texts"),
    Screen("quick-text", "quick_texts.show", "/catalogue/quick-texts/{quick_text}"),
    Screen("quick-text-new", "quick_texts.new", "/catalogue/quick-texts/new"),
    Screen("script-of-a-type", "scripts.of_type", "/catalogue/types/{type}/script"),
    Screen("script", "scripts.of_campaign", "/campaigns/{running}/script"),
    Screen("subscriptions", "subscriptions.index", "/subscriptions"),
    Screen("subscriptions-none", "subscriptions.index", "/subscriptions?q=zzz"),
    Screen("subscription", "subscriptions.show", "/subscriptions/{subscription}"),
    Screen(
        "subscription-coupons", "subscriptions.coupons", "/subscriptions/{subscription}/coupons"
    ),
    Screen("subscription-files", "files.of_subscription", "/subscriptions/{subscription}/files"),
    Screen("subscription-data", "subscriptions.data", "/subscriptions/{subscription}/data"),
    Screen("import-new", "imports.new", "/subscriptions/import"),
    Screen("imports", "imports.index", "/subscriptions/imports"),
    Screen("import", "imports.show", "/subscriptions/imports/{import}"),
    Screen("search", "search.find", "/search?q=gonz"),
    Screen("desk", "desk.index", "/desk?view=all", DIEGO),
    Screen("desk-of-a-supervisor", "desk.index", "/desk?view=unassigned"),
    Screen("desk-empty", "desk.index", "/desk?view=all&q=zzz", DIEGO),
    Screen("desk-filtered", "desk.index", "/desk?view=all&waiting=1&window=open", DIEGO),
    Screen("desk-views", "desk.views", "/desk/views?view=all&arrears=2", DIEGO),
    Screen("case-pass", "desk.passing", "/desk/{case}/pass", DIEGO),
    Screen("case-take", "desk.taking", "/desk/{waiting}/take", DIEGO),
    Screen("case", "desk.show", "/desk/{case}?view=all", DIEGO),
    Screen("case-note", "desk.show", "/desk/{case}?view=all&mode=note", DIEGO),
    Screen("case-waiting", "desk.show", "/desk/{waiting}?view=all", DIEGO),
    Screen("case-send-file", "sent_files.choose", "/desk/{waiting}/send-file", DIEGO),
    Screen("case-templates", "desk.templates", "/desk/{waiting}/templates", DIEGO),
    Screen("case-texts", "desk.texts", "/desk/{case}/texts", DIEGO),
    Screen("case-compose", "desk.compose", "/desk/{waiting}/compose?view=all&text=coupon", DIEGO),
    Screen("case-customer", "desk.edit_customer", "/desk/{case}/customer", DIEGO),
    Screen("bulk", "desk_bulk.choose", "/desk/bulk?do=template&case={case}&case={waiting}", DIEGO),
    Screen("bulk-action", "desk_bulk.choose", "/desk/bulk?do=action&case={case}", DIEGO),
    Screen("bulk-none", "desk_bulk.choose", "/desk/bulk", DIEGO),
    Screen("agenda", "agenda.index", "/agenda"),
    Screen("agenda-of-an-operator", "agenda.index", "/agenda", DIEGO),
    Screen("agenda-none", "agenda.index", "/agenda?day=2031-01-01", DIEGO),
    Screen("calls", "agenda.calls", "/agenda/calls", DIEGO),
    Screen("procedures", "agenda.list_procedures", "/agenda/procedures", DIEGO),
    Screen(
        "subscription-call", "subscriptions.register_call", "/subscriptions/{subscription}/call"
    ),
    Screen("campaign-follow-up", "campaign_follow_up.show", "/campaigns/{running}/follow-up"),
    Screen("results", "results.index", "/results?from=1/1/2026"),
    Screen("results-list", "results.index", "/results?from=1/1/2026&view=list"),
    Screen("results-of-a-type", "results.index", "/results?from=1/1/2026&result=effective"),
    Screen("results-none", "results.index", "/results?from=1/1/2020&to=2/1/2020&user=system"),
    Screen("results-of-no-days", "results.index", "/results?from=31/2&to=ayer", LUCIA, 422),
    Screen("me", "me.show", "/me", DIEGO),
    Screen("keys", "me.keys", "/me/keys", DIEGO),
    Screen("users", "users.index", "/settings/users", MARTA),
    Screen("user", "users.show", "/settings/users/{diego}", MARTA),
    Screen("user-new", "users.new", "/settings/users/new", MARTA),
    Screen("lines", "lines.index", "/settings/lines", MARTA),
    Screen("line", "lines.show", "/settings/lines/{line}", MARTA),
)

# Routes a browser can get, and that draw no screen of their own: each says what it is instead.
NO_SCREENS = {
    "static": "files",
    "stylesheet": "a file",
    "home.index": "leads elsewhere",
    "health.healthz": "for whoever watches",
    "health.readyz": "for whoever watches",
    "coupon.show": "the customer's own, see test_customers.py",
    "campaign_exports.cases_csv": "a file",
    "campaign_exports.results_csv": "a file",
    "campaign_exports.unsent_csv": "a file",
    "results.as_csv": "a file",
    "campaign_edit.phone": "a part of the review",
    "campaign_edit.verdict": "a part of the review",
    "campaign_edit.test_progress": "a part of the review",
    "template_tests.progress": "a part of the template",
    "campaign_edit.missing": "a part of the step",
    "imports.example": "a file",
    "imports.rows": "a part of the columns",
    "imports.refused": "a file",
    "files.medium": "a file",
    "files.attachment": "a file",
    "sent_files.fetch": "a file",
    "desk.candidates": "a part of the card",
    "desk.older": "a part of the conversation",
    "desk.history": "a part of the card",
    "desk.result": "a part of the form",
    "desk.poll": "what is new",
    "desk.counters": "what is new elsewhere",
    "desk.open_view": "leads elsewhere",
}
