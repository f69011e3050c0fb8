"""Passwords that everybody tries first, and what is made of them by adding digits.

Put together by hand, of what people here choose: words, names, clubs, rows of keys. A password
is common when nothing but such pieces, digits and signs is left of it.
"""

import re
import unicodedata

_PIECES = """
password passw0rd pass contrasena contrasenia clave claves clavesegura secreto secreta acceso entrar
usuario user admin administrador administrator root sistema supervisor operador operadora login
invitado guest test prueba pruebas demo temporal cambiar cambiame changeme welcome bienvenido
bienvenida bienvenidos default master letmein access
hola holamundo chau gracias porfavor amor amore teamo tequiero miamor mivida corazon princesa
princess reina bebe linda hermosa hermoso familia mama papa mimama mipapa hijos amigos amigas
mascota perro gato luna sol estrella cielo angel dios jesus jesucristo cristo maria virgen diosesamor
argentina argento buenosaires capital cordoba rosario mendoza tucuman salta laplata mardelplata
neuquen santafe parana posadas sanjuan sanluis catamarca jujuy chaco corrientes formosa misiones
patagonia malvinas peron evita maradona diego messi lionel leo scaloneta campeon campeones mundial
boca bocajuniors bosteros river riverplate gallinas racing independiente sanlorenzo velez
estudiantes gimnasia newells central talleres belgrano colon huracan lanus banfield futbol pelota
qwerty qwertyuiop qwert asdf asdfg asdfgh asdfghjkl zxcv zxcvb zxcvbn zxcvbnm qaz wsx edc qazwsx
qazwsxedc abc abcd abcde abcdef abcdefg abcdefgh abcdefghijkl abcdefghijklmn aaa bbb xxx zzz
uno dos tres cuatro cinco seis siete ocho nueve diez one two three four five six seven eight
monkey dragon sunshine iloveyou football baseball superman batman pokemon naruto starwars
shadow michael jordan killer trustno computer internet google facebook instagram whatsapp youtube
computadora telefono celular samsung motorola windows microsoft office excel
enero febrero marzo abril mayo junio julio agosto septiembre setiembre octubre noviembre diciembre
lunes martes miercoles jueves viernes sabado domingo verano invierno otono primavera
empresa oficina trabajo ventas cobranzas callcenter call center cliente clientes campana campanas
plan planes ahorro plandeahorro cuota cuotas autos auto concesionaria fiat ford renault toyota
volkswagen chevrolet peugeot citroen pregon
juan jose carlos luis jorge miguel pablo martin matias nicolas facundo agustin santiago tomas
lucas franco federico fernando gustavo marcelo sebastian daniel gabriel alejandro andres ana lucia
sofia valentina camila julieta florencia carolina mariana laura paula natalia cecilia silvia monica
patricia gabriela veronica romina micaela rocio martina victoria
nueva nuevo mi tu su la el los las de del en con por para muy sin que soy es yo the my is
"""
_LEET = str.maketrans("013457@$!", "oieastasi")
_pieces = frozenset(_PIECES.split())
_longest = max(map(len, _pieces))


def is_common(password: str) -> bool:
    """Whether it is nothing but well-known pieces, digits, signs and repetitions."""
    said = _plain(password)
    in_figures = re.sub(r"[^a-z]+$", "", said).translate(_LEET)  # p4ssw0rd2026
    return any(_falls_apart(re.sub(r"[^a-z]", "", form)) for form in (said, in_figures))


def _plain(text: str) -> str:
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in parts if not unicodedata.combining(char))


def _falls_apart(letters: str) -> bool:
    """Whether the letters are a row of at most three pieces, or one letter again and again."""
    if len(set(letters)) <= 2:
        return True
    fewest = [0] + [99] * len(letters)
    for end in range(1, len(letters) + 1):
        for start in range(max(0, end - _longest), end):
            if fewest[start] < 3 and letters[start:end] in _pieces:
                fewest[end] = min(fewest[end], fewest[start] + 1)
    return fewest[-1] <= 3
