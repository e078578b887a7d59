//! Spanish.

use super::Cue::{self, *};

pub(super) const CUES: &[(Cue, &str)] = &[
    (Email, "correo*|correo electrónico|email*|e mail*|mail"),
    (
        Phone,
        "tel|teléfono*|móvil*|celular*|llámame|llámeme|llamadme|llamar*|mi número es|mi número|tfno|whatsapp",
    ),
    (
        Customer,
        "número de cliente|numero de cliente|n de cliente|nº de cliente|no de cliente|núm de cliente|num cliente|n cliente|no cliente|código de cliente|cliente número|cliente nº|cliente no",
    ),
    (
        Order,
        "pedido|pedidos|número de pedido|numero de pedido|n de pedido|no de pedido|núm de pedido|pedido número|pedido no|orden|número de orden",
    ),
    (
        OtherNumber,
        "factura*|número de factura|n de factura|referencia*|seguimiento|número de seguimiento|cuenta|dni|nif|nie|código postal|tarjeta*|serie",
    ),
    (
        Thing,
        "pedido*|número|cuenta|factura*|paquete*|contrato*|teléfono*|correo|suscripción|envío|reserva|línea|tarjeta",
    ),
    (
        SignOff,
        "saludos|un saludo|saludos cordiales|cordialmente|atentamente|atte|un cordial saludo|un abrazo|cordiales saludos|firmado|fdo",
    ),
    (
        Thanks,
        "gracias|muchas gracias|gracias de antemano|mil gracias",
    ),
    (
        MyName,
        "me llamo|mi nombre es|mi nombre|mi nombre completo es",
    ),
    (Name, "nombre|nombre es|a nombre de"),
    (Am, "soy|yo soy|aquí|le escribe|habla"),
    (Mine, "mi|mis|mío|mía"),
    (Theirs, "suyo|suya"),
    (TheirName, "se llama|su nombre es|que se llama"),
    (
        Kin,
        "mi madre|mi mamá|mi padre|mi papá|mi esposa|mi mujer|mi marido|mi esposo|mi hijo|mi hija|mi hermana|mi hermano|mi abuela|mi abuelo|mi amiga|mi amigo|mi novia|mi novio|mi pareja|mi vecina|mi vecino|mi tía|mi tío|mis padres|mi suegra|mi suegro|mi jefe|mi jefa|mi cliente|mi clienta|nuestro cliente|nuestra clienta|mi prima|mi primo|mi compañera|mi compañero|mi nieta|mi nieto|mi empleado|mi empleada",
    ),
    (For, "para|a|con"),
    (
        BehalfOf,
        "de parte de|en nombre de|en representación de|por encargo de|escribo por|escribo en nombre|escribo de parte|llamo de parte|represento a|como apoderado de|apoderada de|apoderado de|tutora de|tutor de|cuidadora de|cuidador de|hija de|hijo de|pregunto por|para una amiga|para un amigo|a nombre de mi",
    ),
    (BehalfAfter, "con poder notarial"),
    (
        OwnBehalf,
        "en mi propio nombre|en nombre propio|en mi nombre",
    ),
    (CustomerWord, "cliente|clienta"),
];

pub(super) const NO_NAME: &str = "soy es no un una el la los las y o pero que de del en con por para mi su sus tu yo usted ustedes este esta esto muy ya aún solo también \
    cliente clienta clientes atención servicio soporte gracias saludos hola buenos buenas días tardes estimados \
    decepcionado decepcionada enfadado enfadada triste contento contenta español española españa madrid barcelona pedido número teléfono correo \
    nombre me llamo cuenta factura paquete dirección incorrecto correcto estoy tengo quiero espero desde hace aquí ahora nueva nuevo";
