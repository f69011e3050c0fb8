"""Phrases about the plan itself, loyalty and surveys."""

_PLAN = "plan/contrato/auto/ahorro/grupo"
_LEAVE_AS_PROCEDURE = f"""
baja ... al/del/mi/el/de_un/un {_PLAN}
dar/darme/darlo/doy de_baja ... {_PLAN}
cancelar/anular/rescindir ... mi/el {_PLAN}
-si doy/licito ... de_baja
-cuando pasa a baja
-me dieron de_baja ...
-todo el plan de una
-adjudicacion
"""

PHRASES = {
    ("adjudicacion", "tramite_solicitado"): _LEAVE_AS_PROCEDURE,
    ("consultas", "tramite_solicitado"): _LEAVE_AS_PROCEDURE,
    ("fidelizacion", "tramite_solicitado"): _LEAVE_AS_PROCEDURE + "dar de_baja un servicio\n",
    ("licitacion", "tramite_solicitado"): _LEAVE_AS_PROCEDURE,
    ("adjudicacion", "acepta"): """
si? la/lo? acepto
=aceptado/aceptada/aceptamos
acepto/aceptamos
aceptada la adjudicacion
si? lo/la quiero/retiro
si quiero el/la/mi auto/camioneta/coche/unidad
claro/obvio/por_supuesto que si/acepto/quiero
dale/vamos ... retiro/acepto
quiero retirar*
no me saquen/den_de_baja/cancelen ... acepto/quiero
-no ... acepto
-no lo? acepto
-no lo/la quiero
-si no acepto
-y si
-si acepto ... ?
-acepto ... si
""",
    ("adjudicacion", "rechaza"): """
no lo/la? acepto/aceptamos
no quiero/voy_a/puedo/pienso aceptar*/retirar*
no lo/la? voy/vamos/quiero/puedo a? aceptar/retirar*
no lo/la quiero
no quiero el/ese/ningun auto/coche
no quiero salir adjudicad*
rechazo/rechazar/rechazamos/rechazada
prefiero esperar/no/seguir
cancelen/cancelar/anular/baja/bajen ... la adjudicacion
baja ... adjudicacion
=no me interesa
no me interesa ... retirar*/adjudicacion/auto
por ahora no ... acepto/retir*/quiero/puedo
dejo pasar
=no gracias ...
=paso ...
paso no tengo
-si no? acepto/rechazo
-y si ...
-no me/lo? den/saquen/cancelen de_baja? la?
-no quiero ese/el ... quiero otro/cambiar
-no lo/la quiero perder
""",
    ("adjudicacion", "falta_documentacion"): """
que/cuales/cual documentacion/papeles/documentos/requisitos/papel/tramites
que ... documentacion/papeles/documentos/requisitos
que necesito/hace_falta para
piden/necesito garante/recibo
que tengo/tenemos/hay/debo/necesito que? llevar/presentar/mandar/entregar
que presento/llevo/necesito
cuales son los requisitos
falta/faltan/faltaria un/una/el/la/los/algun? papel/papeles/documentacion/documento/recibo/firma/garante/dni/formulario/certificado
me falta/faltan ...
no tengo recibo/garante/garantia/papeles/todos_los_papeles/documentacion
no tengo ... recibo/garante/papeles
juntando/preparando/consiguiendo los/la papeles/documentacion
donde/adonde/a_donde mando/llevo/presento/envio ... papeles/documentacion
sirve el/mi/un recibo/garante
-cuantas cuotas
-me faltan cuotas
""",
    ("adjudicacion", "cambio_de_modelo"): """
cambiar/cambio/cambiarlo de/el/ese/este/por/al? modelo/auto/otro/version/color_y_modelo
cambiar ... modelo/por_otro
cambio de modelo
otro modelo/auto/vehiculo
elegir otro/otra
version full/superior/mas
pasar/pasarme/pasarlo/cambiar* a/al la/el/otro/otra? pick/camioneta/suv/modelo/version/sedan/hatch
cambiar por/al ...
no ... ese modelo ... otro/cambiar
""",
    ("adjudicacion", "paga_derecho"): """
{fecha} ... pago/abono/deposito/transfiero/cancelo/pagar/abonar ... derecho/alicuota/gastos/adjudicacion
pago/abono/deposito/transfiero/cancelo/pagar/abonar/cancelar ... derecho/alicuota/gastos ... {fecha}
{fecha} ... {importe} ... derecho/alicuota/gastos
{importe} ... derecho/alicuota/gastos
{fecha} pago/abono/deposito/transfiero/cancelo
cuando/apenas/ni_bien cobre pago ... derecho/alicuota/gastos
voy/vamos a pagar/abonar ... derecho/alicuota/gastos
pago/abono/cancelo ... derecho/alicuota
-no puedo/tengo ...
-cuanto ...
-donde/como/hay_que ... pag*/cancel*
-cuando hay/tengo/se ...
-cuales
""",
    ("licitacion", "oferta"): """
ofrezco/oferto/ofertamos/ofrecemos/licito/licitamos con? {importe}
ofrezco/oferto/ofertamos/licito/licitamos ...
mi? oferta es/seria/de ...
pongo/subo/doy/participo/voy/anotame/anoten/anotenme con/a? {importe}
pongo/subo/doy/participo/voy/anotame/anotenme con/a? ... cuotas
anotame/anotenme con
pongo/pongan/participo/voy con? ... cuotas
pongan/pone/ponga/poneme ... {importe}
=si? quiero ofertar/licitar ...
quiero/quisiera ofertar/licitar $
quiero/quisiera/hago/hacer hacer? una oferta
{importe} ... mi/es_mi oferta
no me bajo de {importe}
-no quiero/voy/puedo/pienso ...
-si licito ...
-como/cuando/cuanto/que/donde/cuantas ... licito/oferto/licitar/ofertar/ofrezco/pongo
-hasta cuando
-no licito/oferto
-llamen ... oferta
-cancelar/bajar/retirar/baja ... oferta
-no ... interesa*
""",
    ("licitacion", "sin_interes"): """
no me/nos interesa*
no estoy/estamos interesad*
no quiero/voy_a/vamos_a/puedo/pienso/podemos licitar/ofertar/participar
=no quiero ...
no participo/licito/oferto
no tengo/hay plata/para/dinero/fondos
=no gracias ...
no gracias
=no por ahora
=ni loco/ahi/en_pedo ...
=no ando/estoy corto/mal/justo/seco ...
por ahora/el_momento no
este/esta mes/vez no/paso/imposible/tampoco ...
este mes no puedo
=paso ...
dejo pasar
lo dejo para
=esta vez paso
-si no ...
""",
    ("licitacion", "pide_informacion"): """
como hay_que hacer
como hago/es/se/funciona/licito/oferto/seria/participo
como es la? licitacion/licitar
que es licitar/la_licitacion/eso
en que consiste
explicas/explican/explicarme/explica/explicame ...
cuanto/cuantas/con_cuanto/con_cuantas ... ofertar/poner/licitar/gana/sale/salio/salir/oferta/ganadora/pide/piden
cuanto/cuantas cuotas? hay/tengo/tendria que
hasta cuando/que_dia ... ofertar/licitar/tiempo/plazo
cuando es/cierra/hay la? licitacion
quiero/necesito/quisiera mas? informacion
mas informacion
=informacion ...
pasas/pasan/pasame/manda/mandame ... informacion
me interesa como
que pasa si ... gano/salgo
si ... licitar/licito/salgo ... ?
puedo retirar la oferta como
-cuanto debo
-no me interesa
-cuanto falta
""",
    ("retencion", "no_desea_mensajes"): """
-=quiero/solicito/pido la? baja
-=quiero? dar/darme/denme/me_quiero_dar de_baja ...
-=cancelar
-=no quiero mas nada?
-=baja
""",
    ("retencion", "retenido"): """
=bueno? si? sigo ...
sigo/continuo/seguimos/continuamos con/pagando/en el? plan?
voy/vamos a seguir/continuar/mantenerlo/quedarme/conservarlo
lo/la voy a mantener/seguir/conservar
decidi/decidimos seguir/continuar/quedarme
me quedo
quiero seguir/continuar
=continuo ...
acepto la propuesta
me arrepenti
no lo/la? doy/voy_a_dar/quiero_dar/vamos_a_dar de_baja
no lo/la? voy a dar de_baja
no quiero dar de_baja $
no quiero darlo de_baja $
frenen/paren/anulen/cancelen/cancelar/detengan/suspendan la? baja
dejen sin efecto
paren ... baja ... sigo
=sigo
al final no ... baja
no lo cancelen
-no sigo
-no voy/quiero/puedo/vamos a? seguir/continuar
-si ... sigo/seguimos
-si me ...
-no se si
-sigan con
-si ... no lo? doy
""",
    ("retencion", "se_ofrece_diferir"): """
diferir*/difieren/diferido/diferimiento
pausar*/pausan/pausa/congelar*/frenar/frenarlo/suspender*/suspenderlo/parar_el/freezar/patear ... plan/meses/tiempo/cuotas/$
puedo/se_puede/podria pausar*/congelar*/frenar*/suspender*/parar*
quiero parar/frenar/pausar
pagar menos
si me/nos bajan/dan/pausan/difieren/dejan/hacen/esperan ...
me/nos bajan/bajarian la cuota
bajan/bajar/reducir/achicar la cuota
pasar cuotas al final
pagar/pago mas adelante
cuotas al final
me interesa/sirve/conviene diferir
-no quiero diferir
-no me sirve diferir
""",
    ("retencion", "cede_el_plan"): """
ceder*/cedo/cesion/cederlo
transferir*/transfiero/transferencia ... plan/otra/otro/a/antes
transferirlo/transferirselo
vender*/vendo/venta/venderlo/vendemos
comprador/interesado_en_comprar
comprar/compran/compra/comprarlo ?
me lo compran
alguien que lo quiera comprar
quiere/quieren agarrar*/comprar*/seguir*/quedarse*
se lo paso/pasamos/doy/quiero_pasar a
pasarlo/pasarselo a ...
pasar* a nombre
lo paso a nombre
a nombre de
-me lo vendieron
-cuando me lo vend*
-el vendedor
-vendedor
""",
    ("retencion", "perdido"): """
=quiero/solicito/pido/necesito la? baja ...
=quiero? dar/darme/denme/darlo de_baja ...
quiero/confirmo/sigan/procedan/decidi/solicito/necesito/pido ... la baja
quiero/quisiera/confirmo ... dar/darlo/darme/cancelar/cancelarlo/dejar/dejarlo/bajar/bajarme ... plan
quiero/quisiera/confirmo ... cancelarlo/dejarlo/bajarme/bajar $
quiero dar/darlo de_baja
que me den de_baja
denlo/denme/dar de_baja el/mi? plan
puedo ... mas denlo de_baja
la baja ya/esta ... decidida/tomada/hecha
confirmo la baja
no quiero/voy_a/puedo/vamos_a/pienso seguir/continuar mas? ...
=no quiero mas ...
no quiero mas el plan
no sigo/seguimos ...
no me interesa seguir/mas ...
no me interesa mas
renuncio/renunciar/renuncie/renuncia
ya decidi/decidimos
ya esta/tome ... decidido/decision/decidida
tome la decision
no hay/hay_nada nada/vuelta que/atras
no cambio de opinion
=me voy ...
me fui a
me quiero bajar/ir/salir
me bajo del
carta documento
ya pedi la baja y no
quiero dejar el
=... lo dejo
mantengo mi decision
ya no me sirve
-no quiero ... dar* de_baja
-no lo/la? doy/cancelo
-no lo/la? quiero? cancelarlo
-no quiero cancelar*
-si lo doy/cancelo/me_bajo
-cuanto ... baja
-no se si
-la baja tiene
-pensando
-me mintieron
-pedi la baja ... y nadie/me_siguieron
-frenen/paren/anulen/cancelen la baja
-antes que darlo
""",
    ("fidelizacion", "agradece"): """
=muchas/mil? gracias ...
gracias por/igualmente/a_ustedes/para
muchas/mil gracias
=gracias
=🙏
=igualmente ...
igualmente
feliz/felices navidad/ano/fiestas/dia/pascuas ...
felicidades
muy amable/amables/agradecid*
que amable/amables/lindo/lindos/detalle/lindas
agradecido/agradecida
un? abrazo gracias
gracias
-no gracias
-gracias pero
-no quiero ... gracias
-gracias ... no
-ya pague
""",
    ("fidelizacion", "pide_informacion"): """
me interesa ...
quiero/necesito/quisiera saber? mas
quiero/quisiera saber de/sobre/que/como
mas informacion/info/detalles/datos
=informacion
pasas/pasan/pasame/manda/mandame/mandan ... informacion
como es/hago/accedo/funciona/lo/se/participo/puedo
que promocion*/descuento*/beneficio*/premio*/oferta*
que ... beneficios/promociones/descuentos ... hay/tengo/tienen
hay/tienen otro/otra/algun/alguna? promocion*/beneficio*/descuento*
donde se? usa/uso/canjeo/es
contame/cuenteme/cuenten mas
de que se trata
cuanto sale/cuesta/vale
-no me interesa
-como estan
""",
    ("fidelizacion", "actualiza_datos"): """
cambie/cambio/cambiamos de mail/correo/email/numero/celular/telefono/domicilio/direccion
mi/el nuevo/nueva mail/correo/email/numero/celular/telefono/domicilio/direccion ...
mi/el/la mail/correo/email/numero/celular/telefono/direccion/domicilio nuevo/nueva/actual
mi correo/mail/email es
el nuevo es
este es el nuevo
me mude/mudamos/mudo
ahora vivo/uso/tengo ... ciudad/mail/correo/numero
ahora uso
actualizar/actualicen/actualizo/actualice/anoten/anota/agenden ... datos/telefono/numero/mail/correo/domicilio/direccion/celular
anoten
usen ... correo
ya no uso ese
mail/numero/correo ... di de_baja
""",
    ("encuesta", "puntaje"): """
={puntaje}
=un/una/le/les/te/mi/el/doy/pongo/puntaje/nota? un/una? {puntaje}
le/les/te/yo? pongo/doy/puntuo/pondria/daria/califico ... {puntaje}
mi? calificacion/puntaje/puntuacion/nota/puntos/voto es/seria/un? {puntaje}
{puntaje} puntos/estrellas
un {puntaje}
{puntaje} porque/pero/muy/excelente/malisimo/malo/buena/regular/bien/mal/pesimo/pesima/un/tarda*/y/basta/dejen/no/me/la/el/todo/tardo*/de/gracias/podria/perfecto/falta*/sin/nunca/siempre
{puntaje} .
={puntaje} ...
-hace {puntaje}
-entre {puntaje}
-las/los {puntaje}
-a las {puntaje}
""",
    ("encuesta", "comentario"): """
excelente/excelentes/perfecto/perfecta/impecable/espectacular/genial/buenisima/buenisimo/optimo/optima
buena/buen/buenas/bueno/mala/malo/mal/malas/malos/malisima/malisimo/pesima/pesimo/regular/horrible/amable/amables/cordial/lenta/lento atencion/trato/servicio/predisposicion/todo/gestion?
=muy/todo/re/bastante/nada/no/mas_o_menos? bien/mal/conforme/bueno/buena/malo/mala/perfecto/ok/regular ...
muy/todo/re/bastante bien/mal/bueno/buena/malo/mala/amable/amables/cordial/conforme/contento/contenta/atento/atenta
=bien/mal/regular/buena/bueno/mala/malo/pesimo/pesima/excelente
un desastre
me atendieron/atendio/trataron/trato
no me gusto
me gusto
tardan/tardaron/demoran/demoraron/tarden/demora mucho/tanto/en
nunca atienden/contestan/responden
no me/nos dieron/dan/daban bola/respuesta/solucion
muy/bastante/re rapido/rapida/lento/lenta/atentos/atentas
nadie responde/sabe/contesta/supo/me/explica/atiende
falta/faltan informacion/comunicacion/personal/claridad
deberian/deberia/podrian/tendrian/tienen_que mejorar/dejar/atender/bajar/responder/avisar/ser/explicar/que
mejoren/mejorar
conforme/disconforme/satisfech*/contento/contenta
la atencion/el_trato/el_servicio fue/es/estuvo/me
el trato
que dejen de
basta de
que no tarden
atiendan
cuesta mucho
son unos/un ladrones/desastre/genios/chorros
no quiero hablar con maquinas
la cuota sube/es/aumenta
pedi ... y nadie
-hacer un reclamo
-buenas tardes/noches/dias
""",
}
