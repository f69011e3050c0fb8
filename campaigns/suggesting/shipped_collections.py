"""Phrases about paying: arrears and reminders."""

_PAY = (  # will, or does
    "pago/pagamos/pagare/pagaria/abono/abonamos/abonare/abonaria/transfiero/transferiremos/"
    "transferire/deposito/depositamos/depositare/cancelo/cancelamos/cancelare/cancelaria/pagarle/"
    "pagarles/liquido/saldo/regularizo/giro/cumplo/pagando/abonando/cancelando/depositando/"
    "transfiriendo"
)
_PAYING = (
    "pagar/pagarlo/pagarla/pagarte/pagarle/pagarles/pagarlas/pagarlos/abonar/abonarlo/abonarla/"
    "transferir/transferirte/transferirlo/transferirle/depositar/depositarte/depositarlo/cancelar/"
    "cancelarlo/cancelarla/regularizar/ponerme_al_dia/saldar/hacer_el_pago/hacer_la_transferencia/"
    "hacer_un_deposito/hacerlo"
)
_GIVE = "doy/mando/paso/hago/dejo/adelanto/arreglo/junto/cierro/traigo/acerco/tengo/completo"
_PAID = (
    "pague/pagamos/pagaron/abone/abonamos/abono/transferi/transferimos/transfirio/deposite/"
    "depositamos/deposito/cancele/cancelamos/regularice/salde/pago"
)
_DONE = "pago/paga/pagada/pagado/abonada/abonado/cancelada/cancelado/saldada/saldado/pagas/pagadas/pagos"
_BILL = "cupon/boleta/factura/link/enlace/codigo/comprobante_de_pago/ticket_de_pago/pdf/cuponcito/chequera"
_SEND = (
    "mandame/mandamelo/mandamela/manda/mande/mandeme/mandenme/manden/pasame/paseme/pasenme/pasa/"
    "pasen/enviame/envieme/enviamelo/envienme/envia/envien/reenviame/reenvieme/reenviamelo/"
    "mandas/mandan/mandarias/mandar/pasas/pasan/pasar/pasarme/mandarme/enviar/enviarme/enviarian/"
    "reenvias/reenvian/reenvien/envias/envian/facilitar/facilitas/darme/necesito/quiero/dame/deme/"
    "mandenmelo/pasamelo/genera/generame"
)
_PLAN = "plan/contrato/suscripcion/ahorro/auto/grupo"

_PROMISE = f"""
{{fecha}} ... {_PAY}
{{fecha}} y? te/lo/la/le/les/los/las? {_PAY}
{_PAY} ... {{fecha}}
{{fecha}} ... te/le/les/lo/la {_GIVE}
{{fecha}} ... hago ... transferencia/deposito/pago
te/le/les/lo/la {_GIVE} ... {{fecha}}
{{fecha}} ... puedo/podria/podre/podriamos/podemos/quiero/voy_a/vamos_a/iba_a/pensaba/tengo_que/poder/estaria/estare {_PAYING}
{{fecha}} ... {_PAYING}
puedo/podria/podre/podemos/quiero/voy_a/vamos_a/pensaba/comprometo_a/pienso/estaria {_PAYING} ... {{fecha}}
{_PAYING} ... {{fecha}}
{{fecha}} ... me pongo al dia
me pongo al dia ... {{fecha}}
{{fecha}} ... lo/la tengo
lo/la tengo ... {{fecha}}
{{fecha}} ... cobro y
{{fecha}} sin falta
=entre/del/desde? {{fecha}}
{{fecha}} ... ... {_PAY}
{_PAY} ... ... {{fecha}}
{{fecha}} ... ... {_PAYING}
={{fecha}} al_mediodia/a_la_tarde/a_la_manana/a_la_noche/temprano/de_tarde/de_manana
dejame/dejeme/dame/deme/tengo/espero hasta/para {{fecha}}
ahora ... y te/lo/la/les? {_PAY}
espero/esperando ... y te/lo/la/les? {_PAY}
estoy por/yendo_a/a_punto_de/tratando_de {_PAYING}
puedo/podria poner/dar/darte/darles/juntar/pasar/pasarte ... {{importe}}
{{fecha}} ... con la plata
{{fecha}} ... queda/quedara/estara/esta ... pago/paga/cancelada/deposito/transferencia/plata
voy a cumplir
con el/la/lo sueldo/aguinaldo/jubilacion ... {_PAY}
{{fecha}} ... cierro/arreglo/liquido/cumplo con?
{{fecha}} a primera hora
{{fecha}} a ultima hora
{{fecha}} a mas? tardar
=para/recien/seguro/tranqui/tranquilo/queda/quedamos/antes/del/hasta? para/antes? {{fecha}} seguro/maximo?
=quedamos/arreglamos para {{fecha}}
=tranqui/tranquilo/tranquila/seguro/mejor {{fecha}}
no ... pero {{fecha}} si
{{fecha}} ... si puedo
les/te/le parece bien? {{fecha}}
hasta {{fecha}} ... espera*/aguant*
me esperan/esperas/aguantan/aguantas/bancan/bancas/espera ... hasta/a? {{fecha}}
aguantame/esperame/bancame/esperenme/aguantenme/banquenme ... {{fecha}}
{{fecha}} ... paso ... y lo/la/las/te? {_PAY}
{{fecha}} ... paso ... por/a el/la/un? rapipago/pago_facil/banco/agencia/oficina/concesionaria
para/recien {{fecha}} ... llego
=para {{fecha}} ... llego
{{fecha}} {{importe}}
{{importe}} ... {{fecha}}
puedo/podria/voy_a/quiero {_PAYING} ... {{importe}}
{_PAY} ... {{importe}}
te/le/les ... doy/paso/mando/transfiero/deposito ... {{importe}}
{{importe}} ... te/le/les? puedo? doy/dar/paso/pasar/mando/transferir
tengo {{importe}} ... te/les/le/los paso/mando/doy
cuando/apenas/ni_bien/en_cuanto/si_me/cuanto/una_vez_que ... cobre/cobro/cobremos/cobramos/pague/paguen/depositen/deposite/pagan/venda/pueda/entre/tenga ... {_PAY}
cuando/apenas/ni_bien/en_cuanto ... cobre/cobro/cobremos/depositen/paguen/venda/pueda/entre/tenga ... voy_a/me_pongo/te/les/lo/la/le
=cuando/apenas/ni_bien/en_cuanto me? cobre/cobro/depositen/paguen ...
apenas/en_cuanto/ni_bien pueda/tenga ... {_PAY}
estoy por cobrar ... {_PAY}
esperando/espero ... cobrar/pago ... {_PAY}
si? lo/la/les/te/ya? ya? lo? voy/vamos a {_PAYING}
voy a pagar/abonar/transferir/ponerme
te/les/le/me prometo/comprometo ... {_PAY}
me comprometo a {_PAYING}
quiero ponerme al dia
quiero pagar en_cuanto/apenas/cuando
juntando la plata
estoy juntando ... pag*
en/estos? dias ... te? {_PAY}
dame/deme/denme/un una/unas/dos semana/semanas/dias y te? {_PAY}
en breve ... {_PAY}
ya voy a pagar
ahora/despues ... hago la transferencia
-si {_PAY} ...
-si ... puedo ... {{fecha}}
-si lo/la/te/les {_PAY}
-no ... se si ... {{fecha}}
-{{fecha}} ... te/les/le? aviso/confirmo/digo/cuento/escribo/contesto/llamo
-{{fecha}} vemos/hablamos/veo
-que pasa si
-no voy a {_PAYING}
-no lo/la/te/les? voy a
-no pienso
-ni suenen/suenes/sueno que ... voy
-me esperan/esperas/aguantas/aguantan ... unos dias
-unos dias ?
-no te/les/le? pago
-no voy a poder
-no puedo {_PAYING}
-no puedo/pude {{fecha}} $
-no ... {_PAYING} {{fecha}}
-{{fecha}} no
-no llego ...
-cuanto ... {_PAYING}
-donde/como/cuando ... {_PAYING}
-donde/como {_PAY}
-siempre ... {_PAY}
-todos los meses
-mes pasado
-yo pago todos
-quiero cancelar el plan
-hoy ... cerrado
-no quiero {_PAYING}
-hasta que ... {{fecha}} ... {_PAYING}
-hasta cuando
-hasta que dia
-ya {_PAY} {{fecha}}
-pagar con/por/en tarjeta/efectivo/cuotas/partes/debito
"""

_ALREADY = f"""
ya lo/la/te/les/le/los/las/se/me/eso/esa/la_cuota/esta/todo? lo/la/les? {_PAID}
ya lo/la? pagan/pagado/abonado/cancelado
ya hice/realice/hicimos ... pago/transferencia/deposito
ya esta/fue/estaria/quedo todo? {_DONE}
ya fue/esta abonad*/cancelad*/pagad*
-{{fecha}} ... queda/estara/quedara/va
esta/estan/figura/quedo/fue todo/toda/bien/ya/todas? {_DONE}
=ya? {_DONE}
=ya? {_DONE} la/esa cuota ...
cuota/deuda ... esta/fue/figura ... {_DONE}
la/lo/las/los/te/les/le pague/abone/transferi/cancele/deposite
lo/la/las pago/abono/cancelo mi/el/la hijo/hija/marido/mujer/esposo/esposa/senora/hermano/hermana/mama/papa
mi hijo/hija/marido/mujer/esposo/esposa/senora/hermano/hermana/mama/papa ya? la/lo/las? pago/abono/cancelo/transfirio
ya pago mi
pague/abone/transferi/deposite/cancele ayer/hoy/recien/el/la/por/con/todo/en/hace/mas/esta/a/antes/los/las/ese/esa/eso
ayer/hoy/recien/anoche/temprano/manana/pasado/pasada/lunes/martes/miercoles/jueves/viernes/sabado ya? lo/la/las/los/te/les? pague/abone/transferi/deposite/cancele
{{fecha}} pague/abone/transferi/deposite/cancele
recien ya? lo/la? pague/abone/transferi/deposite/cancele
acabo de pagar*/abonar*/transferir*/depositar*/cancelar*/hacer
hice/hicimos/realice ... transferencia/deposito/pago
se/me_lo/me_la/me debito/debitaron/descontaron/desconto
debitaron/descontaron ayer/hoy/de/el/la/ya
ya se/me/me_lo/lo/la debito/debitaron/descontaron
ya salio $
transferencia/deposito hecha/hecho/realizada/realizado/enviada
yo/ya la/lo? pague/abone/transferi/deposite
esta/fue/quedo debitado/debitada/acreditado/acreditada/descontado
=pagado/pagada/abonado ... fijate/fijese/fijense/verifica*/revis* ...
pague/abone/transferi/deposite/cancele/cancelamos todas/todos/todo/ambas/esa/eso
plata/pago ya te/les? entro/acredito/figura
se pago/abono ayer/el/la/hoy/por/en/con
yo? no debo nada/mas/ninguna
yo? ya? estoy/estamos al dia
tengo/tenemos todo/todas/la/las/esa/eso? cuota/cuotas? pago/pagas/al_dia/pagado/paga/cancelado/cancelada
pago realizado/hecho/efectuado/acreditado/listo
=el? pago ya? esta hecho/realizado
el pago ya
listo ya? pague/pagado/pago
=listo pague
si ya pague
pero si ya? esta? pague/paga/pago/pagada
figura pago/paga/pagado
ya regularice
ya lo solucione
todo pago/pagado/paga
-no {_PAID}
-no lo/la/les/te? {_PAID}
-no me pagaron
-todavia no
-no esta paga/pago
-hoy pago
-{{fecha}} lo/la/te? {_PAY} $
-cuando/apenas/cuanto ... {_PAID}
-me cobraron
-me debitaron dos/doble/igual
-si ya? pague ... ?
-como quiere que pague
-quiere/quieren que pague
-cuantas cuotas
-el mes pasado pague tarde
-debito/debitaron dos veces/cuotas
-ya pago todos los meses
-cancele ... plan
-cancele la/mi tarjeta
-cancele el/mi debito
-hoy ... te? lo? la? pago
-ya la tengo que
-paga ?
-tengo otra cuota
"""

_COUPON = f"""
{_SEND} ... {_BILL}
{_SEND} el/la/los/tu/su? cbu/alias
me {_SEND} ... cbu/alias/datos
{_SEND} los? datos para/de
cual es el/tu/su? alias/cbu
tienen alias/cbu
a que/cual cuenta/cbu/alias ... deposito/transfiero/transferir
a que cbu/alias/cuenta
donde te/les? transfiero/deposito
no tengo/encuentro/recibi/recibo/llego/llega/veo ... {_BILL}
no me/nos? llego/llega/mandaron/enviaron/llegaron/llegan/mandan ... {_BILL}/nada/cupones/boletas/facturas/mensaje_con_el_cupon/mail_con_el_cupon
no recibi nada/ninguna/ningun/cupones
el? {_BILL} no anda/funciona/abre/me_deja/carga/sirve/me_abre
el? {_BILL} ... vencido/vencio/caido/caduco
no me abre/anda/funciona/deja_abrir/carga el/la? {_BILL}
no puedo abrir/ver/entrar ... {_BILL}
no me deja abrir ... {_BILL}
conseguir/obtener/bajar/descargar/sacar/imprimir/retirar ... {_BILL}
tenes/tienen/tiene el? cbu/alias
perdi/borre/extravie ... {_BILL}
donde esta el/la/mi? {_BILL}
{_BILL} ... de nuevo/otra_vez
me lo/la reenvias/reenvian/mandas/mandan de_nuevo/otra_vez/por_favor
el? {_BILL} que de ... no quiero
dejo/dejaron de llegar*/mandar* ... {_BILL}/aviso_con_el_link
no me? manden/mandes mas cupones
todavia no me? llego/mandaron
=no me llego/mandaron nada?
=todavia/aun no me llego
-no me manden el {_BILL} todavia
-no quiero el
-codigo/link ... de descuento
"""

PHRASES = {
    ("mora", "quiere_renunciar"): f"""
baja ... a/al/del/de/mi {_PLAN}
dar/darme/darlo/denme/doy/dame/darse de_baja ... {_PLAN}
desvincularme/desvincular/bajarme/salir/salirme/retirarme/irme/bajo/bajame/bajenme/saquenme/borren*/salgo del {_PLAN}
cancelar/anular/rescindir/dejar/abandonar/abandono/dejo/anulen/cancelen/terminar/terminen ... mi/el/este/con_el/con_este/con_mi {_PLAN}
=baja del plan ...
=cancelar/anular/dejar/abandonar/rescindir/renunciar el? plan?
rescindir/rescision/rescindo
renunciar/renuncio/renunciaria/renuncia
desistir/desisto de/del
no quiero/voy_a/puedo/pienso seguir/continuar ... con/pagando/en ... {_PLAN}
quiero bajarme/renunciar/salirme/rescindir
no quiero/kiero mas? ... seguir con ... {_PLAN}
no quiero/voy_a/puedo seguir/continuar mas? con
no quiero mas ... {_PLAN}
ya no lo? quiero ... {_PLAN}
no quiero saber mas? nada ... {_PLAN}
quiero ... devolucion/devuelvan ... plata/pague/dinero/puse
quiero que me devuelvan ... plata/dinero/pague/puse
dejo el plan
-no quiero ... dar/darlo/darme de_baja
-no lo quiero dar
-no quiero que ... cancelen/den_de_baja
-no quiero perder
-baja ... debito/seguro/tarjeta
-si ... cancelan/dan/doy/pago
-me van a
-cancele el plan y
-pedi/solicite/hice la baja
-cuanto/que_pasa/como ... si ... cancelo/doy
-ese plan de pagos
-no me saquen
-plan de pago*
-bajar/baja de cuota
""",
    ("mora", "envio_comprobante"): """
mando/envio/paso/adjunto/mande/envie/pase/adjunte/dejo/alcanzo/comparto/mandare ... comprobante/ticket/recibo/captura/constancia
mando/envio/paso/adjunto/mande/envie/pase ... foto ... del? pago/transferencia/recibo/ticket/deposito/comprobante
va/iba/aca_esta/este_es_el/aqui_esta/ahi_esta/ahi_tenes/ahi_tiene ... el/la? comprobante/captura/recibo/ticket/foto/constancia
aca/aqui/ahi/ahi_va/aca_va el/la/tu/su? comprobante/captura/recibo/ticket/foto
=ahi/aca va
=ahi te? lo? va/mande/mando
=el? comprobante ...
=captura/ticket/recibo
va captura
aca/ahi tenes/tiene/tienen el/la? comprobante/recibo/ticket/captura/foto
foto del? comprobante/pago/recibo/ticket/transferencia
acabo de mandar*/enviar*/pasar*/adjuntar* ... comprobante/ticket/recibo/captura
comprobante/captura/ticket/recibo que te/les/le? mande/envie/pase/deje
mande/envie el pago ... foto
-no tengo ... comprobante/recibo
-no me? mande/mandaron/llego
-comprobante para pagar
-manden/mandan
-como mando
""",
    ("mora", "ya_pago"): _ALREADY,
    ("recordatorio", "ya_pago"): _ALREADY
    + """
mando/envio/paso/adjunto/mande/va ... comprobante
se debita sola/solo/de_la
debito automatico y ya
recien la/lo pago
pago realizado
-se debita mas
-no quiero que se debite
""",
    ("mora", "promesa_de_pago"): _PROMISE
    + """
={fecha}
=el? {fecha} por_favor?
""",
    ("recordatorio", "promesa_de_pago"): _PROMISE
    + """
={fecha}
{fecha} lo/la hago
-{fecha} ... tiene recargo
-puedo ... despues del vencimiento
""",
    ("mora", "cupon_enviado"): _COUPON
    + """
por donde pago no tengo
quiero pagar pasame/mandame
""",
    ("recordatorio", "no_recibio_cupon"): _COUPON,
    ("mora", "no_puede_pagar"): """
no lo/la/los/las? puedo/podemos/podre/pude pagar*/afrontar*/abonar*/sostener*/cubrir*/mas/cumplir
no puedo ... pagar*/afrontar*/abonar*/cuota
no voy/vamos a poder
no estoy/estamos/estaria pudiendo
por ahora no puedo
hoy no puedo pag*
no tengo ni para
se me/nos complica/complico/complicaron/dificulta
estoy/estamos/ando re/muy/medio/bastante/super? complicado/complicada/complicados/jodido/jodida/apretado/apretada/ahogado/ahogada
no me entro/entra/ingreso/ingresa plata/dinero/nada/un
pasando/pasandola mal/feo
este mes no/imposible lo/la? puedo/llego/se_puede/pude/alcanza/tengo?
=este mes no puedo ...
=no puedo
no tengo/tenemos la/un/una/ni/mas/nada_de/como/con_que/de_donde/para? plata/dinero/peso/mango/efectivo/guita/fondos/pagar/trabajo/laburo/ingresos/sueldo/sacar
no tengo para
no tengo $
no puedo este/en_este mes
no tengo con que
no hay plata/un_mango/guita/trabajo/laburo/ventas
sin un mango/peso
sin trabajo/laburo/plata/dinero/empleo/ingresos/guita/cobrar
quede/quedamos sin
desempleado/desempleada/desocupado/desocupada/desempleo
me echaron/despidieron/rajaron/suspendieron
perdi ... trabajo/empleo/esposo/marido
no llego/llegamos ... a_fin_de_mes/$
no llego a fin
no llego {fecha}
no llego
no me/nos alcanza
no me da para/$
no me da la plata/el_sueldo
imposible pagar/afrontar/cumplir
hace imposible pagar*
es mucha plata ... no puedo
no puedo mas con la cuota
complicado/complicada/complicados con/economicamente/de/este
situacion ... complicada/dificil/critica/fea
la situacion ... no me? permite/da/puedo
mal de plata/economicamente
ando/estoy mal/seco/pelado/fundido/quebrado de? plata?
estoy fundido/fundida/en_la_lona/seco/endeudado/endeudada
enfermo/enferma/internado/internada/internacion/operaron ... no puedo/trabajo/trabajar
baja medica/del_laburo/en_el_trabajo
me dieron de_baja en/del trabajo/laburo/empleo
me bajaron el sueldo
no cobre/cobro/cobramos todavia/aun/el/$
todavia/aun no cobre/cobro/me_pagaron/cobramos
no me pagaron $
cerro/cerraron/cerre ... negocio/local/comercio/fabrica
como quiere/queres que pague
-no puedo pagar por ahi
-no puedo abrir/entrar/hablar/ver/leer/ir/contestar/transferir/atender
-no tengo ... cupon/boleta/link/plan
-no tengo como entrar
-no puedo ... ?
""",
    ("mora", "pide_diferimiento"): """
necesito/quiero/dame/deme/denme/me_das/me_dan/me_podes_dar/me_daria/me_darian/pido/solicito unos/un/mas/algo_de/mucho/otros? dias/tiempo/plazo/semanas
unos dias mas
me dan/das/darian hasta {fecha}
mas plazo/tiempo/dias
me dan/das/da unos/mas/un_tiempo/otro
me/nos pueden/podes/podrian/puede? esperar/esperan/espera/esperas/aguantar/aguantan/aguantas un/unos/hasta/mas/$
pagar/pagarlo/pagarla/cancelar/cancelarlo/cancelarla/abonar ... en/de dos/tres/varias/cuotas/partes/pagos/veces/a_poco/poco
en dos/tres/2/3/4/6/varios/varias/partes/cuotas cuotas/partes/pagos/veces
en cuotas/partes ?
pero en partes/cuotas
plan de pago/pagos
plan para ponerme/ponernos al dia
pagar/pagarlo/pagarla ... de a partes/poco/puchos
en/por/de_a partes
financiar*/refinanci*/financiacion/reestructurar
diferir*/diferimiento/prorroga/prorrogar*/postergar*/aplazar*/patear*/posponer*/correr
pasar/pasan/paso/tirar/mandar ... al/para_el final
dejar* para el final
dejar*/pasar*/correr* ... mas_adelante/despues/el_mes/otro_mes/el_que_viene
facilidad/facilidades ... pago/pagos/dan/dar/?
alguna facilidad
un/una/algun arreglo/acuerdo/quita/convenio
llegar a un? acuerdo/arreglo
me hacen/haces/hace un/una arreglo/quita/descuento/convenio
sacan/sacas/quitan/bajan/bajas/perdonan los/las? punitorios/intereses/recargos
pueden/puede/podrian/podes bajar la cuota
me bajan/baja/bajas la cuota
bajenme/bajame la cuota
mitad ahora/hoy y la? otra? mitad
pagar una y dejar/despues/la_otra
puedo pagar ... mes que viene/proximo ?
-no quiero ese plan de pagos
-se cancelo
-cuando/cuanto ... baja*
-sacame/saquenme los
-no corresponde*
-plan de pagos ... no
""",
    ("mora", "desconoce_el_importe"): """
cuanto te/les/le? debo/debemos/debia
cuanto es/seria/sale/son/queda/esta/hay/tengo/tendria/vino/me_vino/me_falta
cuanto es/seria/sale la/el/lo/todo? total/cuota/deuda/monto/importe?
=cuanto
de cuanto es/estamos/seria/hablamos
cual es/seria el/la/mi? monto/total/deuda/importe/saldo/valor
que monto/importe/cuotas/deuda/debo
que monto/importe es/tengo/debo
=que debo
que me estan cobrando ?
a cuanto asciende
dudas con/sobre/de el/la? monto/importe/cuota/deuda
que/cuantas cuotas debo
cuantas cuotas debo
el? detalle de/del
decir/decis/decirme/dice/pasas/pasa ... monto/importe/total/saldo/deuda ...
importe/monto total
no se cuanto
no tengo idea ... cuanto
por que/porque/xq ... tanto/tan_cara/tan_caro/aumento/subio/mas
por que/porque es? tanto/tan
porque/por_que me? vino ...
no es ese el importe/monto
ese/el/este monto/importe no/esta ... mal/correcto/bien/es
esta mal el/ese importe/monto
no coincide*
no reconozco/entiendo ... importe/monto/deuda/cuota/saldo/plata/cuanto
=no reconozco ...
yo? no debo eso/esa/tanto
a que corresponde/se_debe
de donde sale/sacan/sacaron ... plata/monto/importe/deuda/numero/eso
eso no es lo que debo
sin saber cuanto
bajo la cuota ... cuanto
-cuanto ... falta/faltan/cuotas_me
-cuanto ... descuentan/descuento
-cuanto tiempo
-porque/por_que ... apuro/no_me/avisaron
-si pago
-en cuanto
-si ... cancelo ...
-que cuotas me faltan
""",
    ("mora", "se_niega"): """
no te/les/le/lo/la/voy_a/pienso? voy/vamos? a? pagar/pagarles/pagarte/pagarle nada/mas/un_peso/eso/esa/esto/ni/$
no lo/la/les/te/le? voy/vamos a pagar
no pienso/pensamos pagar*/darles/dar/poner
no les/te/le/lo/la? pienso pagar/dar
no pago nada/mas/un/ni/esa/eso
no te/les/le pago nada/mas/un/$
no quiero pagar nada/mas/eso/esto/algo/hasta/$
ni loco/loca/en_pedo/ahi/a_palos/muerto/suenen/suenes ... pago/pagar
me niego a pag*/abon*/poner
no ... dar un peso
hagan/manden ... juicio/carta ... no ... pago/pagar
carta documento ... no pago
y no voy a pagar
-no quiero pagar dos
-no quiero pagar sin
-no quiero pagar recargo
-no voy a pagar con/por/hoy/hasta/este_mes
-no pago mas que
-no quiero pagar mas por
""",
    ("recordatorio", "pide_otro_medio"): """
pagar/pagarla/pagarlo/pago/pagan/abonar/abonarla con/por/en/a otra/otro? tarjeta/debito/mercadopago/mercado_pago/efectivo/rapipago/pago_facil/pagofacil/transferencia/billetera/agencia/banco/link/cheque/app/homebanking/cuenta_dni/uala/modo
pagar/pagarlo/pagarla ... en la/el? agencia/banco/concesionaria/oficina/efectivo/rapipago/pago_facil
se puede/podria pagar? con/por/en tarjeta/debito/mercadopago/mercado_pago/efectivo/rapipago/pago_facil/transferencia/billetera/agencia/banco/otra/otro
aceptan/tienen/reciben/toman tarjeta/mercadopago/mercado_pago/efectivo/debito/transferencia/alias/cbu/otro/cheque
hay/tienen/existe otra/otro/alguna/algun forma/medio/manera/opcion
otro medio/modo
otra forma/manera de pag*
medios de pago
formas de pago
como ... hago para pagar
como pago ahora
con/por la/el? tarjeta/transferencia/mercadopago/efectivo/debito ... ?
hacerlo con/por tarjeta/transferencia/efectivo/la_tarjeta
donde puedo/se_puede? pagar/pago/abonar
pasame/pasas/pasan/mandame/mandan el? cbu/alias
pasame/mandame/pasenme/mandas/pasas/pasan ... cbu/alias
cbu/alias para transferir
quiero pagar ... con/por/en ... tarjeta/mercadopago/mercado_pago/efectivo/transferencia/debito
prefiero/preferiria pagar ... efectivo/tarjeta/transferencia/mercado_pago/debito/mercadopago
no quiero pagar mas por debito
no quiero que se debite
-ya pague
-quiero dar de_baja ... pagar
-pague con/por
-la pago ... {fecha}
-el {fecha} ... pago
""",
    ("recordatorio", "avisado"): """
=gracias
=ok
=🙏
=muchas? gracias ...
=gracias por avisar/el_aviso/recordarme/el_recordatorio/recordar/avisarme/la_informacion/el_mensaje ...
gracias por avisar/el_aviso/recordarme/el_recordatorio/avisarme/recordar/el_dato
=recibido/enterado/enterada/anotado/notificado/notificada/entendido/agendado/listo/perfecto/genial/joya/barbaro/buenisimo/excelente/oka/dale ...
recibido/enterado/anotado/notificado/notificada/agendado
=si? ya? lo? tengo? agendado
lo tengo en cuenta/presente/agendado
lo tengo agendado
si? ya lo/la vi
quedo/quede notificado/notificada/enterado/enterada/al_tanto
perfecto/listo/genial/joya/barbaro/buenisimo/dale/ok gracias
no se preocupe/preocupen/preocupes ... no me? la? lo? olvid*
no me la/lo? olvido
=no hay problema ...
entendido gracias
-gracias ... pague
-ok pero
-no gracias
-gracias ... pago/llegue/llego
-como/cuando/cuanto/donde/que ...
-listo pague/pago
-no me olvido ... ?
""",
    ("recordatorio", "tramite_solicitado"): f"""
baja ... al/del/mi/el {_PLAN}
dar/darme/darlo/doy de_baja ... {_PLAN}
cancelar/anular/rescindir ... mi/el {_PLAN}
iniciar la baja
dar de_baja a mi ex
-si doy de_baja
-cuando pasa a baja
-no quiero ... dar
""",
}
