"""Who may use which address: the table that the application is held to, route by route.

One line per route: method, rule, the least role (or `public`). The objects in a rule are known
by their names (`OBJECTS` in `matrix_world`); where a name means something else, say so behind:
`result_id=ResultType`. `draft`: the campaign has to be one. `body:case=Case`, `query:case=Case`:
an id that the form, or the query, names. `form:why=x`, `arg:text=coupon`: what else it has to be
given to do its work. `absent-303`: what is not there leads to a page that says so. A new route is
one new line; a route without its line fails the test.
"""
# ruff: noqa: E501

TABLE = """
GET  /                                                              operator
GET  /agenda                                                        operator
GET  /agenda/calls                                                  operator query:campaign=Campaign
POST /agenda/calls/next                                             operator query:campaign=Campaign
GET  /agenda/procedures                                             operator query:campaign=Campaign
POST /agenda/procedures/<int:result_id>/done                        operator
POST /agenda/procedures/<int:result_id>/put-back                    operator
POST /agenda/<int:action_id>/done                                   operator
POST /agenda/<int:action_id>/put-back                               operator
POST /agenda/<int:action_id>/put-off                                operator
GET  /app.css                                                       public
GET  /attachments/<int:attachment_id>                               operator
GET  /c/<token>                                                     public
POST /c/<token>                                                     public
POST /c/<token>/receipt                                             public
POST /c/<token>/pdf                                                 public
GET  /campaigns                                                     operator
GET  /campaigns/<int:campaign_id>                                   operator
GET  /campaigns/<int:campaign_id>/activity                          operator
POST /campaigns/<int:campaign_id>/archive                           supervisor
POST /campaigns/<int:campaign_id>/cancel                            supervisor
GET  /campaigns/<int:campaign_id>/cases                             operator
GET  /campaigns/<int:campaign_id>/cases.csv                         supervisor
POST /campaigns/<int:campaign_id>/discard                           supervisor draft
POST /campaigns/<int:campaign_id>/duplicate                         supervisor
GET  /campaigns/<int:campaign_id>/edit/audience                     supervisor draft
POST /campaigns/<int:campaign_id>/edit/audience                     supervisor draft
POST /campaigns/<int:campaign_id>/edit/audience/reach               supervisor draft
GET  /campaigns/<int:campaign_id>/edit/people                       supervisor draft
GET  /campaigns/<int:campaign_id>/edit/review                       supervisor draft
GET  /campaigns/<int:campaign_id>/edit/review/phone                 supervisor draft
GET  /campaigns/<int:campaign_id>/edit/review/verdict               supervisor draft
GET  /campaigns/<int:campaign_id>/edit/team                         supervisor draft
POST /campaigns/<int:campaign_id>/edit/team                         supervisor draft
POST /campaigns/<int:campaign_id>/edit/team/share                   supervisor draft
GET  /campaigns/<int:campaign_id>/edit/template                     supervisor draft
POST /campaigns/<int:campaign_id>/edit/template                     supervisor draft
GET  /campaigns/<int:campaign_id>/edit/template/missing             supervisor draft
POST /campaigns/<int:campaign_id>/edit/template/preview             supervisor draft
GET  /campaigns/<int:campaign_id>/edit/type                         supervisor draft
POST /campaigns/<int:campaign_id>/edit/type                         supervisor draft
POST /campaigns/<int:campaign_id>/edit/unschedule                   supervisor draft
POST /campaigns/<int:campaign_id>/finish                            supervisor
GET  /campaigns/<int:campaign_id>/follow-up                         supervisor
POST /campaigns/<int:campaign_id>/follow-up                         supervisor
POST /campaigns/<int:campaign_id>/launch                            supervisor draft
GET  /campaigns/<int:campaign_id>/operators                         supervisor
POST /campaigns/<int:campaign_id>/operators                         supervisor
POST /campaigns/<int:campaign_id>/pause                             supervisor
POST /campaigns/<int:campaign_id>/priority                          supervisor
POST /campaigns/<int:campaign_id>/release                           supervisor
POST /campaigns/<int:campaign_id>/release-line                      administrator
POST /campaigns/<int:campaign_id>/reopen                            supervisor
GET  /campaigns/<int:campaign_id>/results                           operator
GET  /campaigns/<int:campaign_id>/results.csv                       supervisor
POST /campaigns/<int:campaign_id>/resume                            supervisor
GET  /campaigns/<int:campaign_id>/review                            supervisor
POST /campaigns/<int:campaign_id>/review/<int:message_id>           supervisor form:decision=cancelled form:why=x
GET  /campaigns/<int:campaign_id>/script                            supervisor
POST /campaigns/<int:campaign_id>/script                            supervisor
GET  /campaigns/<int:campaign_id>/setup                             operator
POST /campaigns/<int:campaign_id>/test                              supervisor draft
GET  /campaigns/<int:campaign_id>/test/<int:message_id>             supervisor draft
POST /campaigns/<int:campaign_id>/unschedule                        supervisor
POST /campaigns/<int:campaign_id>/retry                             supervisor
GET  /campaigns/<int:campaign_id>/unsent                            operator
GET  /campaigns/<int:campaign_id>/unsent.csv                        supervisor
POST /campaigns/bulk                                                supervisor
GET  /campaigns/new                                                 supervisor
POST /campaigns/new                                                 supervisor
GET  /catalogue/quick-texts                                         supervisor
GET  /catalogue/quick-texts/<int:text_id>                           supervisor
POST /catalogue/quick-texts/<int:text_id>                           supervisor
POST /catalogue/quick-texts/<int:text_id>/active                    supervisor
POST /catalogue/quick-texts/<int:text_id>/move                      supervisor
GET  /catalogue/quick-texts/new                                     supervisor
POST /catalogue/quick-texts/new                                     supervisor
GET  /catalogue/results/<int:result_id>                             supervisor result_id=ResultType
POST /catalogue/results/<int:result_id>                             supervisor result_id=ResultType
POST /catalogue/results/<int:result_id>/active                      supervisor result_id=ResultType
POST /catalogue/results/<int:result_id>/move                        supervisor result_id=ResultType
GET  /catalogue/results/<int:result_id>/phrases                     supervisor result_id=ResultType
POST /catalogue/results/<int:result_id>/phrases                     supervisor result_id=ResultType
POST /catalogue/results/<int:result_id>/remove                      supervisor result_id=ResultType
GET  /catalogue/types                                               supervisor
GET  /catalogue/types/<int:type_id>                                 supervisor
POST /catalogue/types/<int:type_id>                                 supervisor
POST /catalogue/types/<int:type_id>/active                          supervisor
POST /catalogue/types/<int:type_id>/remove                          supervisor
GET  /catalogue/types/<int:type_id>/results/new                     supervisor
POST /catalogue/types/<int:type_id>/results/new                     supervisor
GET  /catalogue/types/<int:type_id>/script                          supervisor
POST /catalogue/types/<int:type_id>/script                          supervisor
GET  /catalogue/types/new                                           supervisor
POST /catalogue/types/new                                           supervisor
GET  /catalogue/types/shared/results                                supervisor
GET  /catalogue/types/shared/results/new                            supervisor
POST /catalogue/types/shared/results/new                            supervisor
GET  /desk                                                          operator query:campaign=Campaign
GET  /desk/<int:case_id>                                            operator
GET  /desk/<int:case_id>/candidates                                 operator
GET  /desk/<int:case_id>/compose                                    operator arg:text=coupon
GET  /desk/<int:case_id>/customer                                   operator
POST /desk/<int:case_id>/customer                                   operator
GET  /desk/<int:case_id>/history                                    operator
POST /desk/<int:case_id>/identify                                   operator body:subscription=Subscription
POST /desk/<int:case_id>/media/<int:medium_id>/again                operator
POST /desk/<int:case_id>/media/<int:medium_id>/receipt              operator
POST /desk/<int:case_id>/messages                                   operator
POST /desk/<int:case_id>/messages/<int:message_id>/again            operator
POST /desk/<int:case_id>/messages/<int:message_id>/tie              operator body:case=Case
POST /desk/<int:case_id>/notes                                      operator
GET  /desk/<int:case_id>/older                                      operator
GET  /desk/<int:case_id>/pass                                       operator
POST /desk/<int:case_id>/pass                                       operator body:user=User
POST /desk/<int:case_id>/procedures/<int:result_id>/done            operator
POST /desk/<int:case_id>/procedures/<int:result_id>/put-back        operator
POST /desk/<int:case_id>/read                                       operator
POST /desk/<int:case_id>/release                                    operator
POST /desk/<int:case_id>/reopen                                     operator
GET  /desk/<int:case_id>/result                                     operator
POST /desk/<int:case_id>/results                                    operator
POST /desk/<int:case_id>/results/<int:result_id>/confirm            operator
POST /desk/<int:case_id>/results/<int:result_id>/undo               operator
GET  /desk/<int:case_id>/send-file                                  operator
POST /desk/<int:case_id>/send-file                                  operator
GET  /desk/<int:case_id>/take                                       operator
POST /desk/<int:case_id>/take                                       operator
GET  /desk/<int:case_id>/templates                                  operator
POST /desk/<int:case_id>/templates                                  operator body:version=TemplateVersion
GET  /desk/<int:case_id>/texts                                      operator
GET  /desk/bulk                                                     operator query:case=Case
POST /desk/bulk/action                                              operator body:case=Case
POST /desk/<int:case_id>/actions/<int:action_id>/done                operator
POST /desk/bulk/assign                                              supervisor body:case=Case
POST /desk/bulk/send                                                operator body:case=Case
GET  /desk/counters                                                 operator
GET  /desk/live                                                     operator query:case=Case query:campaign=Campaign
GET  /desk/views                                                    operator
POST /desk/views                                                    operator arg:view=mine
GET  /desk/views/<int:view_id>                                      operator absent-303
POST /desk/views/<int:view_id>                                      operator
GET  /dev/ui                                                        administrator
GET  /healthz                                                       public
GET  /m/<token>                                                     public
GET  /me                                                            operator
GET  /media/<int:medium_id>                                         operator
GET  /me/keys                                                       operator
POST /me/password                                                   operator
POST /me/preferences                                                operator
POST /me/presence                                                   operator
POST /me/sign-out-everywhere                                        operator
POST /me/theme                                                      operator
GET  /readyz                                                        public
GET  /results                                                       supervisor query:campaign=Campaign
GET  /results.csv                                                   supervisor query:campaign=Campaign
GET  /search                                                        operator
GET  /settings/lines                                                administrator
GET  /settings/lines/<int:line_id>                                  administrator
POST /settings/lines/<int:line_id>                                  administrator
POST /settings/lines/<int:line_id>/release                          administrator
GET  /settings/users                                                administrator
GET  /settings/users/<int:user_id>                                  administrator
POST /settings/users/<int:user_id>                                  administrator
POST /settings/users/<int:user_id>/deactivate                       administrator
POST /settings/users/<int:user_id>/end-sessions                     administrator
POST /settings/users/<int:user_id>/password                         administrator
POST /settings/users/<int:user_id>/reactivate                       administrator
POST /settings/users/<int:user_id>/role                             administrator
GET  /settings/users/new                                            administrator
POST /settings/users/new                                            administrator
GET  /sign-in                                                       public
POST /sign-in                                                       public
POST /sign-out                                                      operator
GET  /static/<path:filename>                                        public
POST /coupons/<int:coupon_id>/links/revoke                          operator
POST /coupons/<int:coupon_id>/paid                                  supervisor
POST /coupons/<int:coupon_id>/void                                  supervisor
GET  /subscriptions                                                 operator
GET  /subscriptions/<int:subscription_id>                           operator
GET  /subscriptions/<int:subscription_id>/call                      operator
GET  /subscriptions/<int:subscription_id>/coupons                   operator
GET  /subscriptions/<int:subscription_id>/data                      operator
POST /subscriptions/<int:subscription_id>/data                      operator
GET  /subscriptions/<int:subscription_id>/files                     operator
POST /subscriptions/<int:subscription_id>/files                     operator
POST /subscriptions/<int:subscription_id>/files/<int:attachment_id>/remove operator
POST /subscriptions/<int:subscription_id>/files/<int:attachment_id>/restore operator
GET  /subscriptions/import                                          supervisor
POST /subscriptions/import                                          supervisor
GET  /subscriptions/import/example.<any(csv, xlsx):form>            supervisor
GET  /subscriptions/imports                                         supervisor
GET  /subscriptions/imports/<int:import_id>                         supervisor
POST /subscriptions/imports/<int:import_id>/again                   supervisor
POST /subscriptions/imports/<int:import_id>/cancel                  supervisor
POST /subscriptions/imports/<int:import_id>/columns                 supervisor
POST /subscriptions/imports/<int:import_id>/gaps                    supervisor
GET  /subscriptions/imports/<int:import_id>/refused.csv             supervisor
GET  /subscriptions/imports/<int:import_id>/rows                    supervisor
POST /subscriptions/imports/<int:import_id>/write                   supervisor
GET  /templates                                                     supervisor
GET  /templates/<int:template_id>                                   supervisor
POST /templates/<int:template_id>/discard                           supervisor
GET  /templates/<int:template_id>/edit                              supervisor
POST /templates/<int:template_id>/edit                              supervisor
POST /templates/<int:template_id>/submit                            supervisor
POST /templates/<int:template_id>/test                              supervisor
GET  /templates/<int:template_id>/test/<int:message_id>             supervisor
GET  /templates/new                                                 supervisor
POST /templates/new                                                 supervisor
POST /templates/preview                                             supervisor
POST /webhooks/twilio/inbound                                       public
POST /webhooks/twilio/status/<int(max=9223372036854775807):message_id>/<int(max=9223372036854775807):attempt> public
"""
