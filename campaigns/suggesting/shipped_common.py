"""Phrases of the results that every campaign type offers."""

_KIN = (
    "hijo/hija/esposo/esposa/mujer/marido/senora/mama/papa/madre/padre/hermano/hermana/novio/"
    "novia/suegro/suegra/cunado/cunada/sobrino/sobrina/nieto/nieta/tio/tia/pareja/vecino/vecina/"
    "viejo/vieja/patron/patrona/jefe/jefa/encargado/peon/capataz/companero/companera/amigo/amiga/ex/concubina/concubino/empleado/empleada/secretaria/secretario/nuera/yerno/abuela/abuelo/primo/prima/socio/socia"
)

PHRASES = {
    "numero_equivocado": """
numero/telefono/celular equivocado/incorrecto/erroneo
numero no corresponde
no corresponde este/el/ese numero
equivocado de numero/persona
equivoco/equivocaste/equivocaron/equivocan de numero/persona/telefono/celular
=se equivoco/equivocaron/equivocan
=te equivocaste
=esta/estas/estan? equivocado/equivocada/equivocados
no tengo idea de? quien
me? parece/creo que se equivoco/equivocaron
creo/parece? que? tiene/tienen/tenes mal el/este numero/telefono
tiene/tienen/tenes mal el/mi? numero/telefono
yo? no soy yo
=no soy yo
yo? no soy esa/esta/la/el/ese/quien persona/senor/senora/busca/que
no soy el/la senor/senora
yo no soy
=no soy ...
no es mi nombre
no me llamo
erraste/erro/erraron/pifiaste/pifiaron de? numero/telefono
aca/aqui no vive/trabaja/es $
no vive aca/aqui/mas
aca no es
aca/no no? hay/vive nadie
no conozco a? ese/esa/esta/este/nadie/ningun/ninguna
=no lo/la/los conozco
no lo/la conozco a ese/esa
=no conozco
no se quien es ...
este no es el numero/telefono/celular
este/ese numero/telefono/celular/linea ya? no es de/mio
este/ese numero/telefono/celular ... es de otra persona
este/el numero ... ahora es mio
cambio de numero ... ahora es mio
numero lo/la tengo hace
este numero lo/la compre
no tengo ningun/ninguna plan/auto/deuda/cuenta
no tengo un? plan ... con ustedes
no tengo plan
yo? nunca tuve/compre/saque un/ningun/nada
nunca compre nada
no soy cliente
-no soy el/la titular
-perdon numero equivocado era
-era para otra/otro persona
-no tengo plan ... b
""",
    "atendio_un_tercero": f"""
soy la/el/su/un/una {_KIN}
soy {_KIN} de
yo soy la/el/su {_KIN}
se? le/lo aviso/digo/comento/paso/transmito a mi/el/la/su
mi {_KIN} no usa/tiene/maneja whatsapp/celular/telefono
=yo? le aviso/digo ...
yo le/les paso el mensaje
le paso el mensaje
=le/les aviso
=le/les? paso el mensaje ...
cuando vuelva/venga/llegue/regrese le/les/se? ... digo/aviso/paso
=el/ella? no esta ...
el/ella no esta/se_encuentra
mi {_KIN} no esta/se_encuentra/anda/quiere
no esta mi {_KIN}
no se encuentra
el/la titular es
el/la titular no/esta ... esta/viaje
el/la titular fallecio
mi {_KIN} fallecio/murio
mi {_KIN} ya fallecio
fallecio mi {_KIN}
soy la hija/el_hijo de un titular
hable/hablen/hablar con mi {_KIN}
hable/hablen con el/ella
el plan es de/del mi
mi {_KIN} es la/el/quien del/que/titular/tiene
el plan no es mio
es de mi {_KIN}
no soy el/la titular
-soy el/la titular $
-es de mi {_KIN} ... numero
""",
    "pide_que_lo_llamen": """
llamame/llamenme/llamalo/llamanos/llamennos
me llamas/llaman/llama ?
me llaman/llamas/llama por_favor/porfa/y/para/manana/ahora
me podes/pueden/podrian/podria/podrias/puede llamar
podes/pueden/podrian/podria/puede llamarme/llamarnos/comunicarse
necesito/quiero/prefiero/quisiera/espero/pido/solicito que me/nos? llame/llamen/llames
que me llame/llamen un/una/alguien/el/la/por
que me llame/llamen $
llamen/llame despues/antes/a_la/al/por/y/cuando/manana/mejor
=llamen/llame ...
mejor/prefiero/preferiria hablar/por telefono
mejor/prefiero por/hablar ... telefono
hablamos/hablar/hablemos por telefono
mejor llam*
me hacen/haces/hace un? llamado/llamada
comuniquense/comunicate/comuniquese/comunicarse conmigo/por_telefono/al
si me llaman/llamas/llama
espero/aguardo su/un/el/tu llamado/llamada
=llamada/llamado
un llamado y/por/$
quiero/solicito un/una? llamado/llamada
no escriban/escribas ... llamen/llama/llamame/llamenme
-no me? llamen/llames/llame
-no ... llamame/llamenme mas
-no quiero que me llamen
-ya me llam*
-nadie me llam*
-dejen de llam*
-basta de llam*
-llamen a/al mi/el/la/marido/hijo
""",
    "pide_una_persona": """
hablar con alguien/algun/alguna/una/un persona/humano/asesor/asesora/operador/operadora/representante/encargado/encargada/responsable/supervisor/gerente/ser_humano/vendedor/empleado/agente/ejecutivo
hablar con alguien
hablar con el/la/un/una gerente/encargado/responsable/supervisor/asesor/asesora/persona/dueno/vendedor
comunicarme/comuniqueme/comuniquenme/comunicame/comunica/comunican/pasame/paseme/pasenme/derivame/derivenme con un/una/el/la/algun/alguien
me comunica/comunicas/comunican/pasas/pasan con
con quien puedo/tengo_que/debo? hablar
con quien hablo/hay_que_hablar
hay alguien
hay alguna/algun persona/humano/asesor/operador
=hay alguien ahi? ...
hay alguien ahi/del_otro
sos/es/eres/son/esto_es? un/una robot/bot/maquina/contestador/persona ?
sos/es/eres un/una robot/bot/maquina/contestador
sos/eres un/una persona/humano
esto es un/una? robot/bot/maquina/automatico/contestador
es automatico ?
contesta/responde/atiende/habla una persona/humano/maquina
es una grabacion
no quiero hablar con un/una/maquinas robot/bot/maquina/contestador
no quiero hablar con robots/maquinas
que me/nos? atienda* ... persona/alguien/humano
que me hable/contacte/atienda un/una asesor/asesora/persona/vendedor
atiendame/atiendanme/atendeme ... persona/humano/alguien
me atiende un/una/alguien/alguna
me puede/pueden/podria/podrian atender/ayudar alguien/una/un/alguna
alguien me puede/podria/pueda atender/ayudar/contestar
necesito/quiero/quisiera un/una asesor/asesora/humano/persona/operador/representante/operadora
necesito/quiero/quisiera ... me atienda ... persona/alguien/humano
con un/una humano/persona/asesor/asesora/operador por_favor/porfa/$
alguien que me ayude/atienda/explique/responda
=humano/operador/operadora/asesor/asesora/representante/persona/agente
=atencion al cliente
-me atendio
-la persona que
""",
    "reclamo": """
hacer/hago/tengo/presentar/iniciar/haciendo/dejar/quiero/necesito un/una? reclamo/queja/denuncia
que me cobren/cobran de_mas/doble/mal
tomarme/tomando/tomarnos/toman el pelo
me vendieron algo/otra/un/mal/humo
sigo/seguimos esperando
que me resuelvan/solucionen/devuelvan
un desastre
estoy/vengo/llevo reclamando
reclame y/hace/varias/ya
hace ... que reclamo
nadie me? da/dio/responde/contesta/soluciona/resuelve/atiende/explica/llama
nadie me? sabe responder/decir
nunca me? contestan/contestaron/responden/respondieron/atienden/dieron/dan
no me? contestan/responden/atienden/solucionan/dan_respuesta/dan_bola
me/nos cobraron/cobran/debitaron/descontaron/cobrando de_mas/doble/dos/mal/cualquier/igual/dos_veces/dos_cuotas/algo
me/nos? siguen/siguieron/estan/sigue cobrando/debitando/descontando
siguen/siguieron/sigue cobrando/debitando
me lo/la? siguen cobrando
dejen de cobrar*/robar*/mentir*/aumentar*/subir*/estafar*
paren/para/basta de/con? los? aumentar*/subir*/robar*/aumentos/mentiras/mentir/cobrar*/robo*/estafa*/cobrarme*
parar de/con los? subir/aumentar/aumentos
no aumenten mas
no me cobren ... gastos/seguro/intereses/administrativos
no quiero que me cobren
no corresponde*
saquenme/sacame/saquen los/el/las/esos? punitorios/intereses/recargo*/gastos/seguro ... corresponde*/y
ladrones/chorros/estafadores/mentirosos/delincuentes/sinverguenzas/usureros/garcas/truchos
es/son/esto_es? una? estafa
me/nos? estafaron/mintieron/enganaron/robaron/robando/cagaron/prometieron
es un? robo/abuso/afano/curro/chorreo/desastre/choreo
un robo/abuso/afano
una? verguenza
falta de respeto
=robo/abuso/estafa/verguenza/ladrones/chorros/estafadores
defensa al/del? consumidor/consumidores
los/les? voy/vamos a denunciar
hacer/hice/hago/hare la? denuncia
mi/el abogado
carta documento
pesima/pesimo/mala/malisima/horrible/pesimos atencion/servicio/trato
hace ... meses/anos/semanas/dias que ... espero/esperando/esperan/reclamo/pido/pedi
hace ... que espero ... respuesta
hace ... que estoy esperando/reclamando
no me entregaron/entregan/dieron/dan el/mi auto/coche/camioneta/unidad
todavia no me? dieron/entregaron
hace ... adjudicado ... no
muy disconforme*/molesto/molesta/enojado/enojada con
disconforme con
aumento/aumentaron/aumenta/subio/subieron ... robo/locura/verguenza/abuso/disparate/salvajada
es una locura lo/el que? aumento/aumentan/subio
me dieron de_baja ... sin avisar*
exijo
no avisaron/me_avisaron del? aumento
el banco ... y ustedes no
siempre ... despues de que vence
siempre gana el mismo
pedi/pedimos/solicite/hice la? baja ... siguen/nadie/siguieron/no
pedi que ... y no/nadie lo?
di de_baja ... igual devuelvanme
cancele ... y me siguen
-no pago mas
-que me estan cobrando
-carta documento ... no pago
-mi abogado ... no me? escriban
-falta de respeto ... no me? escriban
-no me? voy a
""",
    "tramite_solicitado": """
libre_deuda/libredeuda
libre de deuda
certificado de/que/del
necesito/quiero/pido/solicito un certificado
me? dan/mandan/hacen un certificado
estado de cuenta
resumen de cuenta
cambiar/cambio/cambie/pasar/modificar/transferir/ceder la/el/de/mi? titularidad/titular
cambiar/cambio/modificar/actualizar ... mail/correo/email/domicilio/direccion/telefono/celular/datos
cambiar/cambio el/de/mi/la? cbu/tarjeta/debito/banco
poner*/pasar* ... a nombre de
poner*/pasar* ... a mi nombre
sacar/quitar a mi ex
adherirme/adherir/adhiero/adhesion/inscribirme ... debito
adherirme/poner/activar ... debito automatico
dar/doy/dar_la/dare/darle de_baja a/al/el/la/del/un/mi/los/las? debito/seguro/tarjeta/servicio
dar/doy/darle/damos de_baja ... debito/seguro/titular/tarjeta
sacar/quitar/cancelar/anular/suspender/desactivar/cancelen/saquen/saquenme el/la/mi/del/al/ese/un? debito/seguro/tarjeta
sacar/quitar/cancelar ... debito/seguro/tarjeta
saquen/saquenme/saque a mi/el ... titular*
que me saquen el/la seguro/debito
sacar ... tarjeta ... debito
baja de/del debito/seguro/tarjeta
baja debito/tarjeta/seguro
copia de/del contrato/plan/la
factura/recibo a nombre de
levantar/cancelacion/liberar/liberacion de/la? prenda
quiero/necesito actualizar mis/los? datos
cambie de domicilio como
certificado de deuda
-di/dimos/dio de_baja ... pago/pagar
-saquen/saquenme/sacame los/el/las interes*
-pedi ... dar/den/dieron de_baja
-pedi/hice/solicite ... baja
-cambiar/cambio ... mail/numero ... es/anoten
-si doy de_baja
-cancelar la tarjeta
""",
}
