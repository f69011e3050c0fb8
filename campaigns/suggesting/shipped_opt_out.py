"""How people ask not to be written to. What they say of plan, debit, instalments is not that."""

# what is sent to them
_THINGS = (
    "mensaje/mensajes/whatsapp/aviso/avisos/recordatorio/recordatorios/notificacion/notificaciones/"
    "publicidad/publicidades/propaganda/propagandas/promociones/encuesta/encuestas/novedades/spam/"
    "llamados/llamadas/saludos/ofertas/propuestas/comunicaciones/newsletter/envios/contactos/"
    "felicitaciones/difusion/cadenas/basura/pavadas/boludeces/chat/mensajeria/mensajitos/campanas/"
    "wasaps/wasap/alertas"
)
_LIST = (
    "lista*/base*/registro*/agenda*/contactos/sistema/difusion/grupo_de_whatsapp/ahi/aca/"
    "todos_lados/padron/listado*/envios/envio"
)
_ME = "numero/telefono/celular/contacto/linea/datos/whatsapp/nombre/mail"
# what they do: to be refused
_WRITE = "/".join(
    [f"{stem}{end}" for stem in ("mand", "envi", "contact", "molest", "avis", "invit", "llam",
                                 "spame", "fastidi", "hostigu", "notifiqu", "comuniqu", "acos",
                                 "habl", "mensaje", "jorob")
     for end in ("e", "en", "es", "eme", "enme", "enos", "emos", "ar", "arme", "arnos")]
    + [f"{stem}{end}" for stem in ("escrib", "insist", "jod", "romp", "ofrezc", "hag", "respond")
       for end in ("a", "an", "as", "ame", "anme")]
    + ["escribir", "escribirme", "insistir", "joder", "romper", "ofrecer", "hinchen", "hinches",
       "recuerden", "recuerdes", "recuerde", "recordar", "recordarme", "comunicarse"]
)  # fmt: skip
_WRITING = (  # … the verb by itself
    "mandar*/enviar*/escribir*/contactar*/comunicarse/molestar*/avisar*/recordar*/joder*/hinchar*/"
    "romper*/ofrecer*/insistir*/llamar*/hablar*/mensajear*/jorobar*/fastidiar*/spamear*/hacer_spam/notificar*/invitar*/acosar*/hostigar*"
)
_STOP = (
    "abstenganse/abstengase/dejate/dejen/deja/dejar/dejame/dejenme/deje/dejes/dejense/paren/para/parar/parala/parenla/pare/"
    "cortala/cortenla/corten/terminen/terminenla/terminala/eviten/cesen"
)
_ENOUGH = "dejen/deja/dejame/dejenme/paren/aflojen/afloja/corten/cortenla/cortala/basta/cesen/terminen/terminenla"
_OUT = (
    "saquenme/sacame/saqueme/saquen/saca/saque/sacar/sacan/sacas/saques/borrenme/borrame/borreme/borren/"
    "borra/borre/borrar/borran/borras/borres/eliminenme/eliminame/elimineme/eliminen/elimina/elimine/"
    "eliminar/eliminarme/eliminan/quitenme/quitame/quiteme/quiten/quita/quite/quitar/quitarme/"
    "retirenme/retirame/retiren/retire/retirar/retirenlo/retirarme/excluyanme/excluyan/excluir/"
    "remuevanme/remuevan/remueva/remover/removeme/bajenme/bajame/bajen/sacarme/borrarme/desafilienme/"
    "descarten/saquenlo/borrenlo/eliminenlo/desvinculen/den_de_baja/dar_de_baja/desagendame"
)
_OUT_ME = (
    "saquenme/sacame/saqueme/borrenme/borrame/borreme/eliminenme/eliminame/elimineme/quitenme/"
    "quitame/retirenme/excluyanme/remuevanme/removeme/sacarme/borrarme/eliminarme"
)
_WANT = (
    "quiero/deseo/quisiera/necesito/acepto/autorizo/consiento/quiere/queremos/pienso/permito/"
    "desea/solicite/pedi/admito"
)
_PLEASE = "por_favor/porfa"
_AT = (
    "por_aca/aca/por_este_medio/por_esta_via/por_whatsapp/a_este_numero/a_este_celular/"
    "a_este_telefono/al_celular/a_mi_celular/a_mi_numero/conmigo/a_esta_linea/por_aqui"
)

PHRASES = f"""
=baja
=baja ya
=baja baja baja?
=de_baja
=baja {_PLEASE}
=stop
=basta
=basta basta?
=basta ... basta
=salir
=parar
=spam
=cortenla/cortala/parenla
pesados/densos/pesado ... cortenla/cortala/parenla/basta
=remover/remove
=desactivar
=cancelar
=afuera/fuera
=quiero salir
=bloqueado/bloqueada/bloqueados/bloqueo
=te/los bloqueo
los/te/lo/la/las voy/vamos a bloquear
voy a bloquear*
voy/vamos a tener_que bloquear*
voy/vamos a denunciar* ... spam/acoso/hostigamiento
bloqueo y listo/chau
los/te bloqueo si/por
=afuera/fuera de la lista
stop $
stop {_THINGS}
stop mandar/enviar/escribir
stop all
unsubscribe/unsuscribe/unsuscribed/optout/opt_out
desuscri*/dessuscri*/desubscri*/desinscri*
remover/remove mi? numero/contacto
no me/nos/le/les/lo? lo/la/los/las? {_WRITE} mas
no me/nos/le/les/lo? lo/la/los/las? {_WRITE} {_AT} nunca? mas
no me/nos/le/les? {_WRITE} nunca
no me/nos/le/les? {_WRITE} nada
no me/nos/le/les? {_WRITE} ni
no me/nos/le/les/lo? lo/la/los/las? {_WRITE} mas? estos/estas/esto/esas/eso/tantos/tanta/ningun/ninguna/cosas/nada
no me/nos/le/les? {_WRITE} mas? los/las/el/la? {_THINGS}
no me/nos/le/les/lo? {_WRITE} {_AT}
no me/nos escriban/escriba/escribas/contacten/contacte/contactes
no me/nos molesten/molestes/moleste/llamen $
no me/nos/le? {_WRITE} ... mas {_THINGS}
no me/nos/le {_WRITE} ... mas $
no escriban/escriba/escribas/molesten/molestes/moleste/contacten/molestar/escribir $
no me? molest* con/mas
no mandar/enviar/recibir/escribir/avisar mas? {_THINGS}
no mandar/enviar/recibir/escribir/avisar/mandes/manden/envien mas
no recibir
no lo/la hagan/haga/hagas mas
no me/nos? ... jodan/jodas/hinchen/rompan mas
no rompan/jodan/hinchen/jodas/joroben/jorobes/jorobe/fastidien/fastidies/fastidie $
no se me/nos? {_WRITE} mas
no rompan/jodan/hinchen/jodas/rompas/hinches
no se contacten/comuniquen mas? conmigo/a_este_numero/a_mi_celular/a_mi_numero/por_este_medio/por_aca
no se contacten/comuniquen mas
no insist* mas/con/escrib*
no insist* ... no quiero
no insist* no voy a contestar/responder/atender
no vuelva/vuelvan/vuelvas a {_WRITING}
no me/nos vuelva/vuelvan/vuelvas a {_WRITING}
no me/nos? sigan/siga/sigas mandando/escribiendo/enviando/molestando/insistiendo
no quiero/queremos que ... sigan/siga mandando/escribiendo/enviando/molestando/llamando/insistiendo/jodiendo
les/le? pido/pedi/pedimos/dije/solicito/ruego/agradeceria ... no me? {_WRITE}
por_favor/porfa no me? {_WRITE} $
no lo/la? usen/use/utilicen/usan mas? mi/este numero/telefono/celular
olvidense/olvidate/olvidese de mi/este? numero
{_ENOUGH} ... con/de ... {_THINGS}
aflojen/afloja/aflojale/aflojenle con/un
aflojen/paren/para la mano
llenan/llenar*/llenando ... {_THINGS}
borrenlo/saquenlo/eliminenlo/quitenlo/borralo/sacalo $
mi/mis {_ME} ... fuera de su/la/sus {_LIST}
no es un? {_ME} para {_THINGS}
numero ... lo borran/sacan/eliminan
no tienen/tenes/tiene derecho ... escribir*/mandar*/molestar*/contactar*/llamar*
no a los/las/sus/estos/estas {_THINGS}
nomas {_THINGS}
fin de/a los/sus/estos {_THINGS}
=end/quit/cancel
=terminar/finalizar la? suscripcion
=no {_WANT} mas? informacion
=no mas informacion por_aca?
cierren/cierre/cerra/cerrar/cierra este/el chat
eliminacion/supresion/borrado de mi/mis ... {_ME}
mi {_ME} no deberia/debe/deberian/tiene_que estar en su/la/sus
=apaga/apaguen/apague esto/el_bot/este_bot
=silencio
bot ... callate/callense/callese
me/nos llegan ... {_THINGS} ... paren/basta/corten
paremos/frena/frenen/frene aca? con? los/las/estos/tantos/sus {_THINGS}
quiero/necesito frenar los/estos/sus {_THINGS}
suscripcion a/de los/las? {_THINGS}
no mas contacto
cero {_THINGS}
otra vez con los/sus/estos {_THINGS}
ya_esta bien de/con los? {_THINGS}
suficiente de/con los? {_THINGS}
me/nos molestan/cansan/aburren/hartan/saturan/rompen/hinchan ... {_THINGS}
cansado/cansada/harto/harta/podrido/podrida de recib*
no/nunca les/te/le? di/dimos/doy mi numero
no/nunca les/te/le? di/dimos/doy el? permiso/autorizacion/consentimiento
no lo/la usen/use/utilicen mas
no quiero que lo/la? usen
registro ... no llame
en no llame
inscripto/inscripta/anotado ... no llame
no me/nos pueden/puede/podes escribir*/mandar*/contactar*/molestar* mas
sin {_THINGS} $
pido/quiero/quisiera que me saquen/borren/quiten/eliminen $
pido/quiero/quisiera que me saquen/borren/quiten/eliminen de
me saco/borro/salgo de la_lista/aca/esto/esta_lista/ahi
no volver a {_WRITING}
=nunca mas
nunca mas un/ningun {_THINGS}
basta de una vez
=basta en_serio/de_verdad/ya/loco/gente/che
bloqueo el/este numero
bloquearlos/bloquearte/bloquearlas
ya los/te bloquee
los/te reporte a
=a? spam
=no spam
ni {_THINGS} ni
{_ENOUGH}/abstenerse/absteneos de {_WRITING}
=stopall
=no quiero mas nada?
quiero/pido/solicito/les_pido ... que paren/cesen/terminen/la_corten ya/$
no manden/envien/mandes/envies/contacten $
{_THINGS} no {_PLEASE}/$
por? aca/este_medio/esta_via/whatsapp no $
=no por? whatsapp
=no contactar/enviar/mandar/escribir/llamar/molestar/publicidad ...
no {_WANT} su/tu {_THINGS}
{_OUT} todo/toda lo/la/los? mio/mi/mis
saquen/saca/sacar/borren/borra/borrar/eliminen/elimina/eliminar/quiten/quita/quitar/retiren/retirar el/los/las/este/estos/sus? {_THINGS}
{_OUT} toda? mi informacion
tiren/tira/pierdan mi numero
supresion de mi/mis/los
solicito/pido/deseo/prefiero/quiero no ser contact*/molest*
que ... cesen/paren/terminen ... {_THINGS}
terminemos con los/las? {_THINGS}
hasta aca/la_coronilla/las_manos/la_cabeza/los_huevos de/con ... {_THINGS}
no tengo ganas/por_que ... recib*
no corresponde que me/nos? {_WRITE}
no tienen/deben/deberian/tendrian/tenes/debe que? {_WRITING}
no hace/hacen falta el/los/ningun/sus? {_THINGS}
no necesito ningun/el/los/sus? {_THINGS}
{_THINGS} no me/nos? hace/hacen falta
no sean pesados/densos/pesado
encuesta/encuestas ... no quiero mas
no me/nos interesa* que me/nos sigan/siga/manden/escriban/contacten/avisen
no es medio/canal para
no autorizado/autorizados/autorizada a
corta/corten/cortenla/cortala/afloja con los/las/tantos/tanto/esos/estos/sus
no {_WANT} ... me/nos ... {_WRITE}
no {_WANT} ver/leer/tener ... {_THINGS}
afuera/fuera de la/las/los/sus/estas/estos/esta? {_THINGS}/lista
basta por_favor/porfa
si no me borran/sacan/eliminan ... denunci*/bloque*/report*
no quiero saber mas? nada ... no me? {_WRITE}
que no me/nos? {_WRITE} mas
pedi/dije ... que no me/nos ... mas {_THINGS}
=ya? no mas
=ni uno mas
no/nunca/yo_no pedi/solicite/autorice/pedimos/acepte ... {_THINGS}/recibir*
no/nunca pedi/solicite/autorice/pedimos ... que me/nos {_WRITE}
no/nunca pedi/solicite/autorice/acepte esto/nada
no me/nos agreguen/agregues/agregue/incluyan/metan/sumen
ser removido/removida/eliminado/eliminada/borrado/borrada/excluido/excluida/sacado/sacada/quitado/dado_de_baja de
como/donde se/puedo/hago/hay_que/para? para? desactiv*/bloque*/evit*/fren*/paro/parar/cancel*/elimin* esto/estos/estas/este/esta
que dejaran de/con
que no me/nos escribieran/mandaran/molestaran/contactaran
no me escribis/mandas/escribas mas
ni uno/una mas $
ultima vez que ... escrib*/aviso/digo/mand*/molest*/contact*/pido
ultimo mensaje
hasta cuando ... mandando/escribiendo/molestando/mandar*/escribir*/molestar*
cuando van/vas/piensan a/en? dejar de {_WRITING}
no paran/paras/para de {_WRITING}
los/te/lo/la/las bloqueo/bloqueamos/bloqueare/reporto/denuncio
chau bloquead*
bloqueados $
reportado/reportados/reportar*/reporto ... spam
es spam
no acepto/quiero/autorizo ... este/ese medio
no usen/utilicen/use/utilice este/mi/ese medio/canal/numero/whatsapp
no es mi deseo/intencion/voluntad
no estoy de acuerdo ... recib*/que_me/con_que
me niego a recib*
rechazo recib*/los_mensajes/sus_mensajes
no tengo interes en recib*
{_THINGS} ... no los/las quiero/necesito/mande/manden/mandes/envien/pedi
no los/las/lo quiero recib*
no los/las/lo {_WRITE} mas? $
no quiero nada por whatsapp
whatsapp no {_PLEASE}
=no insistir/insista/insistan/insistas mas?
=no sigan/siga/sigas
=no notificar/contactar/mandar ...
no me/nos persig*/acos*/hostig*/busquen/buscan/busque mas?
no me? romp*/hinch*/jod* ... {_THINGS}/pelotas/bolas/huevos
nunca mas me? escrib*/mand*/envi*/contact*
ni se les/te ocurra
ni llamen/escriban ni llamen/escriban
ni un/uno/una {_THINGS} mas
ningun/ninguna {_THINGS} mas
no mas {_THINGS}
sin {_THINGS} {_PLEASE}
{_THINGS} no gracias
nada de {_THINGS}
no {_WANT} ... recib*
no {_WANT} mas? {_THINGS}
no {_WANT} ni? mas? los/las/sus/estos/estas/esos/esas/tus/ningun/ninguna/tantos/otro/otra? {_THINGS}
no {_WANT} mas nada de ustedes
no {_WANT} mas esto
no {_WANT} esto/estas_cosas
no {_WANT} ... el plan ni los mensajes
no {_WANT} ... que ... me/nos/le/les/lo ... escrib*/mand*/envi*/contact*/avis*/molest*/llam*/llegu*/ofrezc*/notifi*/invit*
no {_WANT} que escrib*/mand*/envi*/contact*/molest*/avis*
no {_WANT} ser contact*/molest*
no {_WANT} estar/figurar/seguir en su/sus/la/esa/esta/ninguna/tu lista/listas/base/registros/sistema
no {_WANT} ningun tipo de mensaje/mensajes/contacto/comunicacion/aviso
no {_WANT} tener? mas? contacto con
no {_WANT} participar ni
no {_WANT} el_uso
no {_WANT} que usen/use
no estoy interesad* ... remuev*/borr*/saqu*/contact*
no me interesa* ... recib*
no me interesa* mas? sus/estos/los? {_THINGS} $
no me interesa* ... no escriban/manden/llamen/molesten/contacten/insistan
no di/les_di/doy/dimos/les_doy ... autorizacion/permiso/consentimiento
no tienen mi? autorizacion/permiso/consentimiento
no autoric*/autorizo
no presto consentimiento
no hace falta que me/nos mand*/envi* ... mas/meses/siempre
no hace falta que me/nos escrib*/avis*/record*/recuerd*/llam*
no es necesario que me/nos ... mas
no es necesario que me/nos escrib*/avis*/record*/recuerd*
no necesito que me/nos escrib*/avis*/record*/recuerd*/mand*
no necesito estos/los/sus? {_THINGS}
prefiero/preferiria/preferimos no recib*
prefiero/preferiria que no me? escrib*/mand*/envi*/contact*/avis*/molest*
agradec* ... {_STOP} de {_WRITING}
{_STOP} ya? de una? vez? {_WRITING}
{_STOP} de tanto* {_THINGS}
{_STOP} con los/las/tantos/tanto/tanta/sus/estos/esos/el/la/tus? {_THINGS}
{_STOP} de mandar*/enviar* ... {_THINGS}
{_STOP} ... en paz
{_STOP} tranquil*
dejenos en? paz/tranquil*
podes/podrian/pueden/podria/podras/puede dejar de {_WRITING}
para_que/para_q dejen/dejes de {_WRITING}
dejar de recib*
dejen/dejes/deje de escrib* y de? llamar
basta de/con/los/las? tanto/tantos/tantas/los/las/sus/estos/esta/estas/tus/mandar/enviar/molestar/escribir/llamar/joder/hinchar? {_THINGS}
basta de {_WRITING}
basta ... no escriban/manden/molesten/llamen
basta ... me tienen
chau no escrib*
me cansaron/hartaron/pudrieron/cansaste ... con los/las/sus/estos/tantos/tanto {_THINGS}
me tienen/tenes/tiene ... con los/las/sus/estos/tantos/tanto {_THINGS}
me tienen/tenes ... no me? mand*/escrib*/llam*/molest*
harto/harta/hartos/cansado/cansada/podrido/podrida ... sus/estos/los/tantos/las {_THINGS}
harto/harta/hartos/cansado/cansada/podrido/podrida ... que ... escrib*/mand*/llam*/molest*
cansadores/cansador/pesados/insoportables no me? escrib*/mand*
{_OUT} mi/este/el/mis/nuestro/su? {_ME}
{_OUT} ... {_ME} de ... {_LIST}
{_OUT} me? de la/las/los/el/esta/esa/este/ese/su/sus/tu/tus/toda? {_LIST}
{_OUT} d? la/esta/esa/su lista
{_OUT} me? de ... {_THINGS}
{_OUT} del {_LIST}
{_OUT} de este/ese/su/tu/el grupo
este/ese tipo de {_THINGS} no
mi/este/el {_ME} sea/fuera/este eliminado/borrado/quitado/sacado/dado_de_baja
=no se comunique/comuniquen mas?
un/otro {_THINGS} mas? y los/te? bloque*/denunci*/report*
no respondo/contesto/atiendo mas no insist*
no interesado/interesada borr*/saqu*/elimin*/baja
quito/anulo/retiro mi/el consentimiento/autorizacion/permiso
derecho al olvido
=remove/leave me/alone alone?
no more messages
stop sending
=pare/para/paren/pare
=mi? baja
=borrar/eliminar/vaja/baaja
=baja ya_mismo/total/definitiva/inmediata/urgente/permanente
solicito/pido/quiero/exijo/necesito la? baja inmediata/definitiva/total/urgente de ... {_THINGS}
=exijo la baja
exijo/pido/pedi/quiero que me/nos saques/borres/elimines/quites/saquen/borren/eliminen/quiten $
desvinculenme/desvinculame/desasocien/desagenden/desagendenme
desasocien/desagenden/pierdan/olviden/larguen mi/este/el numero/contacto/telefono/celular
dejen/dejame/dejenme mi? numero/celular/whatsapp en paz
=dejen mi celular/numero/whatsapp
no me? agenden/agendes/agende
no {_WANT} ser/formar/hacer parte de esto/esta/la/su/este/ningun/ninguna
no {_WANT} pertenecer/participar/estar a/en este/ese/su/ningun grupo
no participo de sus
no {_WANT} mas? contacto/comunicacion $
no {_WANT} mas? contacto de su/parte
no {_WANT} estar en contacto
no {_WANT} comunicarme
no {_WANT}/interesa leer/ver mas? esto/eso $
me/nos molesta/incomoda/jode/fastidia/cansa que me/nos {_WRITE}
me/nos molesta/incomoda/jode/fastidia/cansa recibir*
no se molest* ... {_WRITING}
no pierd* mas? el? tiempo conmigo/{_WRITING}
no pierd* mas? el? tiempo escribiendo/mandando
ahorrense/guardense/metanse los/sus {_THINGS}
dejen/deja de llenar*
hagan/hace/haga de? cuenta que no existo
no gracias basta
nada por whatsapp {_PLEASE}
como ... paro/freno/bloqueo/corto los/estos/sus {_THINGS}
intimo a ... cesen/cese/cesar/dejen/dejar
siguen/sigue/sigan/vuelven escribiendo/mandando/molestando/contactando/insistiendo $
ya? les/te/le? pedi que no $
=ya escribi/puse/mande/dije/pedi baja/stop
puse/mande/escribi/pedi baja/stop y/pero siguen/sigue/sigo
otra_vez/de_nuevo ... ? basta
pesados/densos/pesado/denso/insoportables corten/paren/basta
cansan/hartan/aburren/saturan con los/sus/tantos/tanto/estos {_THINGS}
nomemandenmas/nomasmensajes/nomemandesmas/nomeescribanmas
saquenmen/borrenmen/eliminenmen/quitenmen
me borran/sacan/eliminan/quitan/borras/sacas/eliminas/quitas {_PLEASE}
=me borran/sacan/eliminan/quitan/borras/sacas/eliminas/quitas ??
me dejan/dejas/deja de {_WRITING}
=me das/dan/da de_baja ?
me_opongo/oponerme a/al ... tratamiento/uso
revoco/retiro ... consentimiento/autorizacion/permiso
olvidense/olvidate/olvidese/olvidensen de mi $
no me/nos {_WRITE} $
voy/vamos a reportar* $
voy/vamos a reportar* este/ese/el/su/tu numero/contacto/linea
=chau ... bloqueo
=terminen/terminenla/terminala con esto/eso
no me/nos interesa* baja
no me/nos interesa* . baja $
cesar/cese los/de/el? ... {_THINGS}
{_OUT_ME} $
{_OUT_ME} de todo/todos/aca/ahi
me saquen/borren/eliminen/quiten/saques/borres/excluyan/retiren/saca/sacas/sacan/borras/borran/quitan de
me pueden/podes/podrian/puede sacar/borrar/eliminar/quitar/excluir de
salir/salgo/salirme de la/esta/esa/su lista
quitar mi telefono/numero/celular
baja a/de/del/para? el/la/los/las/este/estos/esta/estas/esto/mi/sus/su/envio_de? {_THINGS}
baja a/de/del/para? el/la/los/las/este/esta/mi/sus/su? {_ME}
baja a/de/del/para? el/la/los/las/este/esta/su/servicio_de? {_LIST}
baja a/de/del el/este/esto/eso? servicio ... {_THINGS}
baja a/de/del el/este/ese? servicio $
baja de esto
baja esto de los/las? {_THINGS}
baja del envio
de_baja este/mi/ese/el? {_ME}
deme/dame/denme de_baja
den/darme/dar/doy/darse de_baja $
=me quiero dar de_baja
me das/dan/doy de_baja de esto/este/aca/esta
desactiv*/deshabilit*/anul*/suspend*/cancelar/cancelen/cancela/cancele/cancelo el/la/los/las/sus/estos/esos/este/esta? envio_de? {_THINGS}
cancelar/anular/suspender el? envio $
desactivar esto/este
=quiero/solicito/pido/necesito? la? baja $
=quiero/solicito/pido/necesito/me? quiero? dar/darme/darse/denme/deme/dame/den/me_doy de_baja
=como me doy de_baja
=cancelar suscripcion
=darse de_baja
cancelar suscripcion a mensajes
si ... siguen/sigue/vuelven/vuelve/mandan/escriben/insisten ... bloque*/denunci*/report*/demand*
bloque*/denunci*/report*/denunciar* ... si ... siguen/sigue/vuelven/vuelve/mandan/manda/escriben/dejan/insisten/molestan
denunci*/denunciar* por acoso
bloqueo no escrib*
como hago/hacer/puedo/se_hace para no recib*
como hago/hacer/puedo ... no ... escriban/lleguen/llegue/manden/llamen
como hago/hacer ... dejen de escribir*/mandar*
para que no me? lleguen/llegue/escriban/manden/llamen
que no me/nos lleguen/llegue/escriban/manden/llamen/molesten mas
que no me? lleguen mas
no me/nos llegue/lleguen mas
que dejen de escribir*/mandar*/molestar*/llamar*
esto es acoso
es hostigamiento/acoso
ley 25326/25.326
son spam
-no dejen de
-denunci* ... por los/el/la/las? aumento*/entrega/plata/cobro/auto/interes*/cuota*/recargo*
-no me/nos? {_WRITE} mas? ... que ... pago/cancelo/transfiero/abono
-basta/dejen/deja de llamar a/al mi? trabajo/laburo/oficina/casa
-no me {_WRITE} en mayusculas
-responder/contestar/respondan/contesten/respondiendo/contestando los/mis/nuestros/el/mi {_THINGS}
-tarden/tardan/tarda ... {_THINGS}
-suscripcion ... plan
-que no deje/dejen de
-no es que no
-no me/nos? {_WRITE} mas? el/la/los/las/un/otro/otra/ese/esa/esos? cupon*/cuota*/factura*/boleta*/link*/resumen/mail/mails/correo/carta/auto/recibo/codigo
-no me/nos? {_WRITE} mas? a la/mi manana/direccion/casa/tarde/noche/oficina
-no me/nos? {_WRITE} mas? en/durante/entre/cuando/los/por horario/el_trabajo/semana/domingos/la/sabados/estoy/trabajo/las
-no me/nos? {_WRITE} mas? tan/muy temprano/tarde
-no me/nos? {_WRITE} mas? a esa/esta direccion
-no me? escrib*/mand*/llam* mas? de_noche/hoy/ahora/antes/despues/todavia/al_trabajo/temprano/por_mail/que_estoy/a_la_noche
-no me? escrib*/mand* mas? {_THINGS} y/sino/mejor/prefiero/quiero/por_favor/porfa? que? me? llamenme/llamame/llamen/llame/llames
-no me? escrib*/mand* y/sino/mejor/prefiero/quiero/por_favor/porfa? que? me? llamenme/llamame/llamen/llame/llames
-no escriban ... llamen/llamame/llamenme $
-dejen de escribir* y/mejor? llamenme/llamen/llamame
-dejar/dejen de escribir* ... llamenme/llamen
-no {_WANT} mas? {_THINGS} ... que? me? llamen/llamenme/llame
-no me? llam* mas? prefiero/mejor/solo/escrib*/mandame/manden/por_aca/por_whatsapp/en_todo_caso
-no me? llam* al? trabajo? por? aca? prefiero/escrib*/contesto
-no me? llam* ... por_aca contest*
-por que no me? escrib*/avis*/mand*/llam*
-porque no me? escrib*/avis*/mand*/llam*
-no me? molesta que
-no {_WANT} ... recib* el/la/los? cupon/factura/boleta/auto/resumen
-dar/denme/deme/dame/darme/den de_baja ... plan/debito/seguro/tarjeta/contrato/adjudicacion/oferta/cuota/auto/titular/ahorro/grupo/poliza
-baja de/del/el/al? plan/debito/seguro
-no {_WANT} ... molestar $
-no ... den/dar/doy/darme/denme de_baja
-no lo/la/me? voy/quiero a? dar de_baja
-si ... dan/doy/dar/den de_baja
-me pueden/van dar de_baja si
-que pasa si ...
-no borren/saquen/eliminen/borres/saques/elimines mi/me/el/del
-no me borren/saquen/eliminen
-no escriban ... . llamen/llamenme/llamame
"""
