"""How people ask not to be written to. What they say of plan, debit, instalments is not that."""

# what is sent to them
_THINGS = (
    "mensaje/mensajes/whatsapp/aviso/avisos/recordatorio/recordatorios/notificacion/notificaciones/"
    "publicidad/publicidades/propaganda/propagandas/promociones/encuesta/encuestas/novedades/spam/"
    "llamados/llamadas/saludos/ofertas/propuestas/comunicaciones/newsletter/envios/contactos/"
    "felicitaciones/difusion/cadenas/basura/pavadas/boludeces/chat/mensajeria/mensajitos/campanas/"
    "wasaps/wasap/alertas/comunicados/textos"
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
                                 "habl", "mensaje", "jorob", "embrom", "salud", "inform")
     for end in ("e", "en", "es", "eme", "enme", "enos", "emos", "ar", "arme", "arnos")]
    + [f"{stem}{end}" for stem in ("escrib", "insist", "jod", "romp", "ofrezc", "hag", "respond")
       for end in ("a", "an", "as", "ame", "anme")]
    + ["escribir", "escribirme", "insistir", "joder", "romper", "ofrecer", "hinchen", "hinches",
       "recuerden", "recuerdes", "recuerde", "recordar", "recordarme", "comunicarse"]
)  # fmt: skip
_WRITING = (  # … the verb by itself
    "mandar*/enviar*/escribir*/contactar*/comunicarse/molestar*/avisar*/recordar*/joder*/hinchar*/"
    "romper*/ofrecer*/insistir*/llamar*/hablar*/mensajear*/jorobar*/fastidiar*/spamear*/hacer_spam/"
    "notificar*/invitar*/acosar*/hostigar*/perseguir*/bombardear*/atosigar*/textear*/cargosear*/dirigirse"
)
_WRITE_TO = "mandar/enviar/enviarme/mandarme/escribir/escribirme/contactar/contactarme/molestar/molestarme/insistir/joder"
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
    "bloqueen/bloqueenme/bloqueame/descarten/saquenlo/borrenlo/eliminenlo/desvinculen/den_de_baja/dar_de_baja/desagendame/"
    "tachen/tacha/tachame/tachenme/tachar/suprimir/supriman/suprimanme/desanotenme/desanotame/"
    "saquennos/sacanos/borrennos/borranos/eliminennos/eliminanos/quitennos/quitanos/retirennos/"
    "depuren/depurar/sacalo/borralo/eliminalo/quitalo/sacarlo/borrarlo/eliminarlo/quitarlo/darlo_de_baja/denlo_de_baja"
)
_OUT_ME = (
    "saquenme/sacame/saqueme/borrenme/borrame/borreme/eliminenme/eliminame/elimineme/quitenme/"
    "quitame/retirenme/excluyanme/remuevanme/removeme/sacarme/borrarme/eliminarme/"
    "tachame/tachenme/suprimanme/desanotenme/desanotame/bloqueenme/bloqueame/"
    "saquennos/sacanos/borrennos/borranos/eliminennos/eliminanos/quitennos/quitanos/retirennos"
)
_WANT = (
    "quiero/deseo/quisiera/necesito/acepto/autorizo/consiento/quiere/queremos/pienso/permito/"
    "desea/solicite/pedi/admito/preciso/pido"
)
_PLEASE = "por_favor/porfa"
_AT = (
    "por_aca/aca/por_este_medio/por_esta_via/por_whatsapp/a_este_numero/a_este_celular/"
    "a_este_telefono/al_celular/a_mi_celular/a_mi_numero/conmigo/a_esta_linea/por_aqui"
)

_THE = "el/la/los/las/este/esta/estos/estas/esos/esas/mi/mis/su/sus/tu/tus/tanto/tantos/tantas"
_HALT = (
    "desactiv*/deshabilit*/anul*/suspend*/cancelar/cancelen/cancela/cancele/cancelo/cancelenme/"
    "detengan/detener/detene/detenga/pausar/pausen/pausa/frenar/frenen/frena/frene/interrumpan/"
    "interrumpir/finalicen/finalizar/inhabiliten/inhabilitar/silencien/silenciar/cesen/cesar/cese/"
    "cancelame/terminen/desuscriban/apaguen/apagar/apaga/parar/paren/corten/cortar/terminar/bloquear/silenciar"
)
_HURTING = (
    "escribiendo/molestando/jodiendo/insistiendo/hinchando/rompiendo/acosando/hostigando/llamando/"
    "mensajeando/contactando/persiguiendo/bombardeando"
)
_AGAINST = "bloque*/denunci*/report*/demand*/defensa/carta_documento/justicia/abogado*"
_DEALINGS = (  # with the plan, not with messages
    "debit*/cambio/cambien/aument*/seguro/cobr*/cargo/pago/descuento/descuenten/cesion/modelo/"
    "adjudicacion/retir*/entrega/transferencia/cuota*/tarjeta/gasto*/interes/intereses/unidad/"
    "camioneta/vehiculo/auto/autos/mora/multa*/cupon*/factura*/boleta*/resumen*/plan/visita*/"
    "cobrador*/compra/color/usado/link/carta/cartas"
)
_ELSEWHERE = (
    "mandenme/mandame/mandenmelo/mandamelo/mandemelo/escribanme/escribime/escribanle/"
    "pasame/"
    "pasamelo/pasenmelo/enviamelo/envienmelo/"
    "pasen/vengan"
)
_COSTS = "aument*/interes/intereses/punitorio*/recargo*/gasto*/seguro/cobr*/flete/contrato/modelo"
_NEVER = "no/nunca/jamas/tampoco/momento"  # "en ningún momento"
_PERMISSION = "autorizacion/consentimiento/permiso/permitido"
_SOMEBODY_ELSE = "otro/otra/otros $/persona/lado/gente/parte/cliente"

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
=cortenla/cortala/parenla/terminenla/terminala
cortenla/cortala/parenla $
corta/corto con {_THE}? {_THINGS}
{_ENOUGH} con el/los/este/tanto/tu/su? bombardeo/acoso/hostigamiento/asedio/spameo
=baja {_PLEASE} ya
=baja ya {_PLEASE}
que pesadez/densidad/pesados ... basta
salgan/salga/sali de mi whatsapp/celular/telefono/chat
no ... bloqueo $
me voy de la/esta/esa/su lista
les/te/le tengo_que/tengo pedir/decir/repetir que me/nos borren/saquen/eliminen/quiten/borres/saques
numero/telefono/celular/linea personal .? no usar/usen/use
=reportado/reportados
reporto y bloqueo
pesados/densos/pesado ... paren $
{_ENOUGH} el/este/tanto acoso/hostigamiento/bombardeo/spam
esto es un acoso/hostigamiento
=dejen vivir
no me/nos torturen/cansen/agobien/abrumen/saturen/atosiguen mas $
no me/nos? llenen/llenes/ocupen/ocupes mas? la/el/mi casilla/celular/telefono/whatsapp/memoria
no me/nos? hagan/haga/hagas perder el? tiempo con {_THE}? {_THINGS}
no voy a leer mas? {_THE}? {_THINGS}
=suficientes {_THINGS}
=silenciar
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
stop .? no mas $
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
no insista/insistan/insistas $
no insist* no voy a contestar/responder/atender
no vuelva/vuelvan/vuelvas a {_WRITING}
no me/nos vuelva/vuelvan/vuelvas a {_WRITING}
no me/nos/le? anden/andes/ande/esten/estes mandando/enviando/{_HURTING}
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
no {_WANT} mas informacion $
=no mas informacion por_aca?
cierren/cierre/cerra/cerrar/cierra este/el chat
eliminacion/supresion/borrado/remocion/exclusion de mi/mis/este ... {_ME}
mi {_ME} no deberia/debe/deberian/tiene_que estar en su/la/sus
=apaga/apaguen/apague esto/el_bot/este_bot
=silencio
bot ... callate/callense/callese
me/nos llegan ... {_THINGS} ... paren/basta/corten
paremos/frena/frenen/frene aca? con? los/las/estos/tantos/sus {_THINGS}
quiero/necesito frenar los/estos/sus {_THINGS}
suscripcion a/de los/las? {_THINGS}
no mas contacto
no me/nos? {_WRITE} por/bajo ningun/ninguna
no {_WRITE} mas? nada $
no {_WRITE_TO} mas? $
no me/nos? {_WRITE} de_nuevo/otra_vez $
no me/nos? {_WRITE} otro/otra/un/ni_un/ni_otro {_THINGS}
no contactarse/comunicarse/dirigirse mas? a/con/conmigo
ni me/nos escriban/escribas/escriba/molesten/molestes/contacten/hablen $
molest*/jod*/romp*/hinch*/fastidi*/jorob*/embrom* a {_SOMEBODY_ELSE}
vayan/vaya/anda/andate/vete/busquense/busquen/buscate ... molestar/joder/romper/hinchar/jorobar/fastidiar/embromar
cero {_THINGS}
otra vez con los/sus/estos {_THINGS}
ya_esta bien de/con los? {_THINGS}
suficiente de/con los? {_THINGS}
me/nos molestan/cansan/aburren/hartan/saturan/rompen/hinchan ... {_THINGS}
me/nos vuelven/volvieron/enloquecen/agobian/abruman/invaden/bombardean/atosigan/revientan ... {_THINGS}
sus/los/estos/tantos/muchos/demasiados {_THINGS} .? no quiero/quieren/queremos mas $
sus/tantos/otro/estos/esos {_THINGS} ... .? basta/cortenla/paren $
todos/cada ... {_THINGS} .? basta/cortenla/paren
{_THINGS} . me borran/sacan/eliminan/borras/sacas/eliminas ?
cansado/cansada/harto/harta/podrido/podrida de recib*
{_NEVER} les/te/le? di/dimos/doy mi numero/telefono/celular/contacto
nadie/quien te/los/les/le? autorizo/permitio a? {_WRITING}
nadie/quien te/los/les/le? autorizo/permitio a? usar mi/este {_ME}
nadie/quien te/los/les/le? dio/dieron permiso/autorizacion
sin mi/nuestra/nuestro {_PERMISSION} ... {_WRITING}/escriben/mandan
no cuentan/cuenta/cuentas con mi {_PERMISSION}
no les/te/le permito que? me? {_WRITE}/{_WRITING}
no les/te/le permito que? usen/use/usar mi/este/mis {_ME}
les/te/le prohibo ... {_WRITE}/{_WRITING}/usar/usen/contacto
prohibido usar/escribir mi/este/a
revocad* ... {_PERMISSION}
retracto ... {_THINGS}/{_PERMISSION}
me_opongo a recib*
me_opongo a que me {_WRITE}
no me/nos pueden/deben/puede/debe escribir/contactar/molestar $
en el no llame
anote/inscribi/anotado/anotada ... no llame
denuncia* ... datos personales
bloquead* por pesad*/dens*/molest*/spam/cargos*
=a la lista negra
te/los mando/meto a spam/bloquead*
me/nos estan/estas/viven/siguen acosando/hostigando/persiguiendo
me/nos siento/sentimos acosad*/hostigad*/invadid*/perseguid*
me/nos estan/estas volviendo ... {_THINGS}
no gast* mas? tiempo conmigo/en_mi
no gast* mas? en {_THINGS}
no {_WANT} que ... tengan/tenga/tengas/guarden/conserven ... {_ME}
no {_WANT} que ... tengan/tenga/tengas/guarden/conserven en la/su/sus {_LIST}
no {_WANT} que ... llenen/saturen/bombardeen/invadan
{_NEVER} les/te/le? di/dimos/doy el? permiso/autorizacion/consentimiento
no lo/la usen/use/utilicen mas
no quiero que lo/la? usen
registro ... no llame
en no llame
inscripto/inscripta/anotado ... no llame
no me/nos pueden/puede/podes escribir*/mandar*/contactar*/molestar* mas
sin {_THINGS} $
sin sus/tus/tantos/estos {_THINGS}
pido/quiero/quisiera/gustaria/pidiendo/ruego/espero/necesito/exijo/quieren/queremos que me/nos saquen/borren/quiten/eliminen $
pidiendo que me/nos saquen/borren/quiten/eliminen/escriban/manden
me/nos siguen/sigue ... {_THINGS} ... pedi ... baja $
sigo/seguimos recib* ... {_THINGS} ... pedi/solicite ... baja
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
{_ENOUGH}/{_STOP}/abstenerse/absteneos ya? de {_WRITING}
{_ENOUGH}/{_STOP} ya? de volver/seguir/continuar a? {_WRITING}/{_HURTING}/mandando/enviando
absten* de volver/seguir/continuar? a? {_WRITING}/remitir*/efectuar/mandando/enviando/todo
{_ENOUGH}/{_STOP}/termina/termine de {_WRITING} cosas/esto/eso/nada/mas/tanto/pavadas
{_STOP} de usar/utilizar mi/este/el {_ME}
{_STOP} con esto/eso $
eviten/evita/evite escribir*/mandar*/enviar*/molestar*/contactar*/insistir
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
supresion/eliminacion/borrado de mi/mis/los? datos
no ser contact*/molest*/notificad*
que ... cesen/paren/terminen ... {_THINGS}
terminemos con los/las? {_THINGS}
hasta aca/la_coronilla/las_manos/la_cabeza/los_huevos de/con ... {_THINGS}
no tengo ganas/por_que ... recib*
no corresponde que me/nos? {_WRITE}
no me/nos? tienen/deben/deberian/tendrian/tenes/debe mas? que/porque/por_que? {_WRITING}
no hace/hacen falta el/los/ningun/sus? {_THINGS}
no necesito ningun/el/los/sus? {_THINGS}
{_THINGS} no me/nos? hace/hacen falta
no sean pesados/densos/pesado
encuesta/encuestas ... no quiero mas
no me/nos interesa* que me/nos sigan/siga/manden/escriban/contacten/avisen
no es medio/canal para
no autorizado/autorizados/autorizada a
no {_WANT} ... me/nos ... {_WRITE}
no {_WANT} ver/leer/tener ... {_THINGS}
afuera/fuera de la/las/los/sus/estas/estos/esta? {_THINGS}/lista
basta por_favor/porfa
si no me borran/sacan/eliminan ... denunci*/bloque*/report*
si no dejan/paran/cortan/cesan/terminan/dejas/paras de {_WRITING}
si me/nos/le? siguen/sigue/seguis {_HURTING}
si me/nos/le? vuelven/vuelve/volves a escribir*/molestar*/joder*/hinchar*/contactar*
si me/nos/le? vuelven/vuelve/volves a mandar*/enviar* ... {_THINGS}
sigan/segui nomas? {_HURTING}/mandando ... {_AGAINST}
denuncia* ... por/de acoso/hostigamiento/spam
report*/denunci* por/como spam/acoso/hostigamiento
spam .? denunci*/report*/bloque*
=denunciado/bloqueado/reportado ... denunciado/bloqueado/reportado
=denuncio/reporto/bloqueo este/el/su/tu numero/contacto
ya? los/te denuncie en/por/a whatsapp
que los/las/te bloquee
no quiero saber mas? nada ... no me? {_WRITE}
que no me/nos? {_WRITE} mas
pedi/dije ... que no me/nos ... mas {_THINGS}
=ya? no mas
=ni uno mas
{_NEVER}/yo_no pedi/solicite/autorice/pedimos/acepte ... {_THINGS}/recibir*
{_NEVER} pedi/solicite/autorice/pedimos ... que me/nos {_WRITE}
{_NEVER} pedi/solicite/autorice/acepte esto/nada
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
no paran/paras/para/dejan/dejas de {_WRITING}
no me/nos? gusta/copa/cabe/agrada/divierte que me/nos? {_WRITE}
no me/nos? gusta/copa/cabe/agrada/divierte nada/mucho/para_nada que me/nos? {_WRITE}
no me/nos? gusta/copa/cabe/agrada/divierte recib* ... {_THINGS}
me parece mal/invasivo/abusivo/desubicado/molesto/feo/horrible/pesimo/exagerado ... que me/nos {_WRITE}
no me/nos parece bien/correcto/adecuado que me/nos {_WRITE}
no los? soporto/aguanto/banco/tolero mas? {_THE}? {_THINGS}
no los aguanto/soporto/banco mas
me/nos? canse/cansamos/harte/pudri de {_THE}? {_THINGS}
me/nos? canse/cansamos/harte/pudri de recib*
insufribles/pesados/insoportables/densos/cargosos/pesado/denso/molestos con {_THE}? {_THINGS}
me/nos mandan/mandas/escriben/escribis ... {_THINGS} ... cortenla/cortala/basta/paren/corten $
no cuenten conmigo para {_THE}? {_THINGS}
no me/nos? tengan/tengas/tenga en_cuenta para {_THE}? {_THINGS}
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
nunca/jamas mas? me/nos? {_WRITE} $
nunca/jamas mas? vuelvan/vuelvas/vuelva a {_WRITING}
nunca mas me? escrib*/mand*/envi*/contact*
ni se les/te ocurra ... {_WRITING}
ni llamen/escriban ni llamen/escriban
ni un/uno/una {_THINGS} mas
ningun/ninguna {_THINGS} mas
no mas {_THINGS}
sin {_THINGS} {_PLEASE}
{_THINGS} no gracias
nada mas? de {_THINGS}
no {_WANT} ... recib*
no {_WANT} mas? {_THINGS}
no {_WANT} ni? mas? los/las/sus/estos/estas/esos/esas/tus/ningun/ninguna/tantos/otro/otra? {_THINGS}
no {_WANT} mas nada de ustedes
no {_WANT} saber mas? nada mas? de/con ustedes/uds/{_THINGS}/nadie
no {_WANT} mas esto
no {_WANT} esto/estas_cosas
no {_WANT} ... el plan ni los mensajes
no {_WANT} ... que ... me/nos/le/les/lo ... escrib*/mand*/envi*/contact*/avis*/molest*/llam*/llegu*/ofrezc*/notifi*/invit*
no {_WANT} que escrib*/mand*/envi*/contact*/molest*/avis*
no {_WANT} ser contact*/molest*
no figurar/estar/aparecer mas en {_THE}? {_LIST}
no {_WANT} estar/figurar/seguir en su/sus/la/esa/esta/ninguna/tu lista/listas/base/registros/sistema
no {_WANT} ningun tipo de mensaje/mensajes/contacto/comunicacion/aviso
no {_WANT} tener? mas? contacto con
no {_WANT} participar ni
no {_WANT} el_uso
no {_WANT} que usen/use
no estoy interesad* ... remuev*/borr*/saqu*/contact*
no estoy/estamos interesad* en mas? recib*/mensajes/publicidad/propaganda
no me/nos? interesa* ... recib*
no me/nos? interesa* nada? de? lo que mand*/envi*/escrib*
no me interesa* mas? sus/estos/los? {_THINGS} $
no me interesa* ... no escriban/manden/llamen/molesten/contacten/insistan
no di/les_di/doy/dimos/les_doy ... autorizacion/permiso/consentimiento
no tienen mi? autorizacion/permiso/consentimiento
no autoric*/autorizo
no presto consentimiento
no hace falta que me/nos mand*/envi* ... mas/meses/siempre
no hace/es/tiene falta/necesario/sentido que me/nos/le/les? {_WRITE} mas? {_THINGS}
no hace/es/tiene falta/necesario/sentido que me/nos/le/les? {_WRITE} mas $
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
me/nos tienen/tenes/tiene ... con {_THE}? {_THINGS}
me/nos tienen/tenes ... no me/nos? mand*/escrib*/llam*/molest*
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
mi/este/el/mis {_ME} sea/sean/fuera/este eliminad*/borrad*/quitad*/sacad*/dado_de_baja/dados_de_baja
se me/nos excluya/elimine/borre/quite/saque/retire/de_de_baja de/$
se me/nos excluya/elimine/borre/quite/saque/retire del {_LIST}
=no se comunique/comuniquen mas?
un/otro/proximo/siguiente {_THINGS} mas? y ... {_AGAINST}
no respondo/contesto/atiendo mas no insist*
no interesado/interesada borr*/saqu*/elimin*/baja
quito/anulo/retiro mi/el consentimiento/autorizacion/permiso
derecho al olvido
=remove/leave me/alone alone?
no more messages
stop sending
=pare/para/paren/pare
=mi? baja
=les/te/le? pido/solicito la? baja
=borrar/eliminar/vaja/baaja
=baja ya_mismo/total/definitiva/inmediata/urgente/permanente
solicito/pido/quiero/exijo/necesito la? baja inmediata/definitiva/total/urgente de ... {_THINGS}
=exijo la baja
exijo/pido/pedi/quiero que me/nos saques/borres/elimines/quites/saquen/borren/eliminen/quiten $
desvinculenme/desvinculame/desasocien/desagenden/desagendenme
desvincul*/desasoci*/desafect*/desafectacion de? mi/este/el? numero/telefono/celular/linea/contacto/whatsapp
bloqueen mi/este numero/telefono/celular
que me bloqueen
como/donde/puedo ... saco/elimino/borro/quito mi/este {_ME}
=como/donde me borro/saco/elimino/quito ??
=como/donde pongo/escribo la? baja ??
baja/de_baja/cancelar/suspender/anular ... recepcion de {_THE}? {_THINGS}
dejenla/dejenlo/dejenlos/dejennos/dejala/dejalo/dejanos tranquil*/en_paz
numero queda bloqueado/denunciado/reportado
queda bloqueado/denunciado/reportado este/el/su/tu numero
=bloqueo directo/ya/inmediato
si recibo ... {_THINGS} ... {_AGAINST}
proxima ... que me? escrib*/mand*/molest* ... {_AGAINST}
denunci*/legales/abogado ... por/si ... los/acoso/siguen/sus mensajes/de_mensajes/con_los_mensajes/whatsapp
acoso telefonico
ni quiero/pedi ni quiero/pedi ... {_THINGS}
hasta cuando con {_THE}? {_THINGS}
lo mismo con {_THE}? {_THINGS}
un/otro {_THINGS} mas y me/los/te/les/voy/hago
mucho/muchos/tanto/tantos/demasiado/demasiados {_THINGS} .? basta/no_quiero/cansa*/borr*
=mucho/puro/demasiado/es spam
=spam spam spam?
{_HURTING}/mandando/enviando ... {_THINGS} .? basta/paren/cortenla $
{_HURTING}/mandando/enviando {_THINGS} .? paren/basta/cortenla
{_THINGS} ... hinchapelotas/hinchabolas/rompebolas/rompehuevos/rompepelotas
hinchapelotas/hinchabolas/rompebolas/rompehuevos/rompepelotas ... {_STOP}
=tomatelas/tomenselas/rajen/raja de_aca?
=paren/para/pare un poco
no me/nos? pongan/anoten/pongas/anotes en {_THE}? {_LIST}
no estoy para {_THINGS}
no {_WANT} volver a recib*/leer/ver ... {_THINGS}
no {_WANT} volver a recib*
no {_WANT} que vuelvan/vuelvas/sigan/sigas a? {_WRITING}/{_HURTING}/mandando
no {_WANT} ningun/ninguna contacto/comunicacion
no me? {_WANT} recib*
no {_WANT} contestar/responder/leer mas $
nunca/jamas mas {_THINGS}
{_THINGS} nunca/jamas mas
{_THINGS} ... .? basta/cortenla/paren $
{_THINGS} .? no mas $
no me/nos? den/des mas? {_THINGS}
no es necesario mas? {_THINGS}
que pesadilla/plaga/tortura/hartazgo ... {_THINGS}
los/te voy bloqueando
bloqueo y denunci*/report*
bloqueado/denunciado/reportado este/su/tu numero
hacen/haces/haciendo spam
desaparecer de la/su/sus {_LIST}
desafili* de {_THE}? {_THINGS}/{_LIST}
terminar/termino/terminen con {_THE}? {_THINGS}
que no se me/nos {_WRITE}
solicito/pido/ruego/exijo/agradeceria/agradecere/necesito me/nos eliminen/borren/saquen/quiten/excluyan/retiren de/$
{_ME} no es/recibe para? {_THINGS}
no me/nos? interesa* {_THE}? {_THINGS} .? basta
no tienen/tenes por_que tener mi/este {_ME}
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
me/nos molesta/incomoda/jode/fastidia/cansa mucho/bastante/demasiado? que me/nos {_WRITE}
me/nos molesta/incomoda/jode/fastidia/cansa recibir*
no se molest* ... {_WRITING}
no pierd* mas? el? tiempo conmigo/{_WRITING}
no pierd* mas? el? tiempo escribiendo/mandando
ahorrense/ahorrate/guardense/guardate/metanse/metete los/sus/tus/el/tu/esos/estos {_THINGS}
dejen/deja de llenar*
hagan/hace/haga de? cuenta que no existo
no gracias basta
nada por whatsapp {_PLEASE}
como ... paro/freno/bloqueo/corto los/estos/sus {_THINGS}
intimo a ... cesen/cese/cesar/dejen/dejar
siguen/sigue/vuelven escribiendo/mandando/molestando/contactando/insistiendo $
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
me/nos dejan/dejas/deja en_paz
me/nos dejan/dejas tranquil* $
me/nos dejan/dejas tranquil* ?
me/nos dejen/dejes/deje tranquil*/en_paz/vivir
dejenme/dejame/dejennos vivir/respirar
=me das/dan/da de_baja ?
me_opongo/oponerme a/al ... tratamiento/uso
revoco/retiro ... consentimiento/autorizacion/permiso
olvidense/olvidate/olvidese/olvidensen de mi $
no me/nos {_WRITE} $
voy/vamos a reportar* $
voy/vamos a reportar* este/ese/el/su/tu numero/contacto/linea
=chau ... bloqueo
=terminen/terminenla/terminala con esto/eso
no me/nos? interesa* .? baja $
no gracias .? baja $
cesar/cese/cesen los/de/el? ... {_THINGS}
{_OUT_ME} $
{_OUT_ME} de todo/todos/aca/ahi
me saquen/borren/eliminen/quiten/saques/borres/excluyan/retiren/saca/sacas/sacan/borras/borran/quitan de
me pueden/podes/podrian/puede/podrias/podria sacar/borrar/eliminar/quitar/excluir de
me pueden/podes/podrian/puede/podrias/podria sacar/borrar/eliminar/quitar/excluir del {_LIST}/whatsapp
=me pueden/podes/podrian/puede/podrias/podria borrar/eliminar/sacar/quitar ??
me borrarian/sacarian/eliminarian/quitarian/borrarias/sacarias de
podrian/podes/pueden/podrias/puede/pido/ruego evitar escribir*/mandar*/enviar*/molestar*/contactar*
bajen/baja un cambio con {_THE}? {_THINGS}
la cortan/cortas con {_THE}? {_THINGS}
=la cortan/cortas ??
basta de acoso/hostigamiento
=suficiente
=dije/he_dicho basta
=basta te/les? dije
=borren/eliminen/borranos/dejen
=dejen/deja ya
=ya? paren/cansan/cansaron/aburren
respeten/respeta/respete mi privacidad
no se/te cansan/cansas/cansa de {_WRITING}
{_STOP} de ser ... pesad*/dens*/molest*/cargos*
cansaron/cansan/aburren/embolan/hartaron/saturan con {_THE}? {_THINGS}
hinchan/hinchas/hincha/rompen/rompes/tocan las? pelotas/bolas/huevos
no {_WANT} seguir con {_THE} {_THINGS}
{_NEVER} me suscribi a esto/nada/ninguna/sus/su
{_NEVER} me suscribi a {_THE}? {_THINGS}
{_NEVER} autoric*
{_STOP} de estar en {_THE} {_LIST}
que cese/cesen el/los? envio/envios/contacto/contactos
=ponganme/pongan/anoten mi/la? baja
=borren/borra/borrar/eliminen/eliminar todo
=fin/out
out de la lista
=no more
=stop it
alto a/con {_THE}? {_THINGS}
{_OUT} a ... de la/las/el/su/sus/esta/tu {_LIST}
{_OUT} a ... de {_THE}? {_THINGS}
{_OUT} {_THE} {_THINGS}
no le/les escriban/escribas/escriba/molesten/molestes/moleste/manden/mandes/contacten $
salir/salgo/salirme/salirnos de la/esta/esa/su/este/ese? grupo/lista? de? {_THINGS}
salir/salgo/salirme/salirnos/ir/irme de la/esta/esa/su lista
desanot*/desapunt* ... {_THINGS}/lista
como/donde ... salgo/salir/salirme de aca/aqui/ahi
como ... dejo/dejar de recib*
quitar mi telefono/numero/celular
baja a/de/del/para? todo/todos/todas? {_THE}/esto/envio_de? {_THINGS}
baja a/de/del/para? el/la/los/las/este/esta/mi/sus/su? {_ME}
baja a/de/del/para? el/la/los/las/este/esta/su/servicio_de? {_LIST}
baja a/de/del? el/la/este/ese/esto/eso? servicio ... {_THINGS}
baja a/de/del el/este/ese? servicio $
baja de esto
baja esto de los/las? {_THINGS}
baja del envio
de_baja este/mi/ese/el? {_ME}
deme/dame/denme de_baja
den/darme/dar/doy/darse de_baja $
=me quiero dar de_baja
me das/dan/doy de_baja de esto/este/aca/esta
{_HALT} todos/todas/todo? {_THE}? envio_de? {_THINGS}
inhabiliten/inhabilitar/deshabiliten/deshabilitar/desactiven/desactivar mi/este/el {_ME}
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
-no dejen/deje/dejes/paren/pares/pare de
-no me {_WRITE} asi/mal/en_ingles
-no me/nos? {_WRITE} mas? mientras/cuando/en_mayuscula
-no me? romp*/jod*/hinch*/insist* mas? con {_THE}? {_COSTS}
-no romp* {_THE} {_COSTS}
-{_STOP} de joder/hinchar/romper con {_THE}? {_COSTS}
-mandar* al/a_la/a_otro banco/agencia/sucursal/concesionaria/lado/numero
-no me? insist* que/con pague/pagar/el_pago
-mandar*/enviar* {_THE}/un/una/otro? cupon*/factura*/boleta*/resumen*/link/comprobante*
-{_STOP} en? paz/tranquil* con {_THE} {_DEALINGS}
-recib* {_THE}/un/una/otro/otra/ese/mas? {_DEALINGS}/nadie
-recib* a nadie
-no ... llam* al/en trabajo/laburo/el_trabajo
-no ... mand* al/a_la/a_mi/a_una veraz/sucursal/casa/oficina/agencia/trabajo/escribania
-no {_WANT} que me? mand*/envi* {_THE}/otro/otra/un/una? {_DEALINGS}
-denunci* por no/cobrar*/robar*/estafa*/la/el_auto
-siguen/sigue/sigan aumentando/cobrando/debitando/subiendo/robando/mintiendo/sin
-siguen/sigue/sigan aumentando/cobrando/debitando/subiendo/robando/mintiendo/sin ... denunci*
-{_DEALINGS} mas? y los? denuncio
-si me? vuelv* a {_WRITING} ... los/les/te atiendo/contesto/respondo
-no autoric*/autorizo a mi
-pelotas/bolas/huevos con {_THE}? {_COSTS}
-no me/nos? mand*/envi* mas? {_DEALINGS}
-mand* a juicio
-contacte/llame/escriba el/la/un/una/otro/otra vendedor*/asesor*
-no insisto
-no insist* ... pago/cancelo/pague/transfiero/deposito
-es spam ?
-es spam o
-les/te/le/ya/yo mande/envie/mandamos/escribi
-les/te/le/ya/yo mande/envie/mandamos ... {_THINGS}
-con un/1 ... {_THINGS} ... basta
-un {_THINGS} por/al ... basta
-contest*/respond*/llegan/llega ... {_THINGS} ... .? basta
-borre/elimine/borro el/un/los/tu/su? mensaje/mensajes/chat
-{_STOP} de {_WRITING} ... {_ELSEWHERE}/llamenme/llamame
-{_STOP} de llamar* a la siesta/manana/noche/tarde
-no insist* con ese/esa/el/la modelo/auto/oferta/plan
-para no molestar*
-sin sus/tus/tantos/estos {_THINGS} no
-dejame/dejenme tranquil* que ... pago/pague/cobro
-{_STOP} de llamar* y/mejor? manden/mandame/mandenme/escriban/escribanme/escribime
-{_OUT} mi/el/ese/este/la/al/los? {_ME} viejo/vieja/anterior/anteriores
-{_NEVER} autoric*/autorizo ... {_DEALINGS}
-{_NEVER} les/te/le? di/dimos/doy mi? permiso/autorizacion/consentimiento/autorice ... {_DEALINGS}
-no {_WANT} ... prefiero/mejor/sino que? me? llam*/mand*/hablar*
-no ... {_WRITE} ... {_ELSEWHERE}
-no me/nos? {_WRITE} mas? ... hasta el/la/las/que/manana/fin/mediados/diciembre/enero/despues
-no me/nos? mand*/envi* mas? a un/una/hablar/los cobrador*/abogado*/gestor*/asesor*/estudio/con/vendedor*
-no me/nos? mand*/envi* mas? a la/mi/el/ese/esa/este/esta domicilio/casa/direccion/mail/correo
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
-no me/nos/lo/la/los? quiero/quieren/quise/vayan/van/voy/pienso/hace_falta? que/a? me/nos/lo/la? den/dar/doy/darme/darlo/denme/des de_baja
-no {_WANT} seguir/continuar/pagar ... den/dar/darme/denme/dame/deme de_baja
-no lo/la/me? voy/quiero a? dar de_baja
-si ... dan/doy/dar/den de_baja
-me pueden/van dar de_baja si
-que pasa si ...
-no borren/saquen/eliminen/borres/saques/elimines mi/me/el/del
-no me borren/saquen/eliminen
-no escriban ... . llamen/llamenme/llamame
"""
