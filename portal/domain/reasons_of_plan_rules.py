"""Reasons about a plan's limits and rules: how much, how often, where, and who had to be asked."""

from collections.abc import Sequence

from portal.domain.reason import Ask, Reason, Words

PLAN_RULES: Sequence[Reason] = (
    Reason(
        "29",
        Ask.PRACTICE,
        Words(
            "The bill reached your plan too late.",
            "A plan takes bills only for a set time after a visit. It says that time was over.",
            "You may not owe this. Call us before you pay, and we will find out why.",
        ),
        Words(
            "La factura llegó tarde a su plan.",
            "Un plan recibe facturas solo por un tiempo después de la visita. Dice que ya pasó.",
            "Quizá usted no debe esto. Llámenos antes de pagar y veremos por qué.",
        ),
    ),
    Reason(
        "35",
        Ask.PLAN,
        Words(
            "You have used all your plan pays in a lifetime.",
            "Some plans stop at a set sum. Your plan says you are there.",
            "Your plan can show you how it counts. You can ask it to look again.",
        ),
        Words(
            "Ya usó todo lo que su plan paga en la vida.",
            "Algunos planes paran en cierta suma. El suyo dice que usted llegó a ella.",
            "Su plan puede mostrarle cómo cuenta. Usted puede pedir que lo revisen.",
        ),
    ),
    Reason(
        "149",
        Ask.PLAN,
        Words(
            "You have used all your plan pays for this.",
            "Your plan stops at a set sum for care like this. It says you are there.",
            "Your plan can show you how it counts. You can ask it to look again.",
        ),
        Words(
            "Ya usó todo lo que su plan paga por esto.",
            "Su plan para en cierta suma por este tipo de atención. Dice que usted llegó a ella.",
            "Su plan puede mostrarle cómo cuenta. Usted puede pedir que lo revisen.",
        ),
    ),
    Reason(
        "119",
        Ask.PLAN,
        Words(
            "You have used up this benefit for now.",
            "Your plan pays for this only so often, or up to a set sum.",
            "Ask when the count starts again, and if your doctor can ask for more.",
        ),
        Words(
            "Por ahora ya usó este beneficio.",
            "Su plan paga esto solo cierto número de veces o hasta cierta suma.",
            "Pregunte cuándo vuelve a empezar la cuenta y si su médico puede pedir más.",
        ),
    ),
    Reason(
        "151",
        Ask.PLAN,
        Words(
            "Your plan says this was too often.",
            "It pays for this care only so many times.",
            "Ask how often it pays. Your doctor can tell your plan why you need more.",
        ),
        Words(
            "Su plan dice que fueron demasiadas veces.",
            "Paga esta atención solo cierto número de veces.",
            "Pregunte cuántas veces paga. Su médico puede explicar al plan por qué necesita más.",
        ),
    ),
    Reason(
        "273",
        Ask.PLAN,
        Words(
            "This is more than your plan allows.",
            "Your plan has a limit for care like this. It says you went past it.",
            "Ask what the limit is. Your doctor can tell your plan why you need more.",
        ),
        Words(
            "Esto es más de lo que su plan permite.",
            "Su plan tiene un límite para este tipo de atención. Dice que usted lo pasó.",
            "Pregunte cuál es el límite. Su médico puede explicar al plan por qué necesita más.",
        ),
    ),
    Reason(
        "272",
        Ask.PLAN,
        Words(
            "A rule of your plan was not met.",
            "Your plan has rules for care like this. It says one of them was not met.",
            "Your plan can tell you which rule it was, and how to ask for a new look.",
        ),
        Words(
            "No se cumplió una regla de su plan.",
            "Su plan tiene reglas para este tipo de atención. Dice que una no se cumplió.",
            "Su plan puede decirle qué regla fue y cómo pedir que lo revisen.",
        ),
    ),
    Reason(
        "50",
        Ask.PLAN_THEN_PRACTICE,
        Words(
            "Your plan says you did not need this care.",
            "It looked at what we sent and did not agree that you needed it.",
            "You can ask your plan to look again. We will give you the notes it needs.",
        ),
        Words(
            "Su plan dice que usted no necesitaba esta atención.",
            "Revisó lo que enviamos y no estuvo de acuerdo en que la necesitaba.",
            "Usted puede pedir que lo revisen. Le daremos las notas que el plan necesita.",
        ),
    ),
    Reason(
        "55",
        Ask.PLAN_THEN_PRACTICE,
        Words(
            "Your plan says this care is too new.",
            "It does not pay for care that it thinks is still on trial.",
            "You can ask your plan to look again. We will give you the notes it needs.",
        ),
        Words(
            "Su plan dice que esta atención es demasiado nueva.",
            "No paga la atención que, según el plan, todavía está a prueba.",
            "Usted puede pedir que lo revisen. Le daremos las notas que el plan necesita.",
        ),
    ),
    Reason(
        "56",
        Ask.PLAN_THEN_PRACTICE,
        Words(
            "Your plan is not sure that this care works.",
            "It pays for care only when it has seen that it helps.",
            "You can ask your plan to look again. We will give you the notes it needs.",
        ),
        Words(
            "Su plan no está seguro de que esta atención sirva.",
            "Paga la atención solo cuando ha visto que ayuda.",
            "Usted puede pedir que lo revisen. Le daremos las notas que el plan necesita.",
        ),
    ),
    Reason(
        "40",
        Ask.PLAN,
        Words(
            "Your plan says this could have waited.",
            "It pays more for an emergency. It does not see this visit as one.",
            "Did you fear for your health? Say so to your plan and ask it to look again.",
        ),
        Words(
            "Su plan dice que esto podía esperar.",
            "Paga más por una emergencia. No considera que esta visita lo fuera.",
            "¿Temió por su salud? Dígalo a su plan y pida que lo revisen.",
        ),
    ),
    Reason(
        "58",
        Ask.PLAN_THEN_PRACTICE,
        Words(
            "Your plan wanted this care in another place.",
            "It does not pay for this care in the place where you got it.",
            "Ask which places it pays for. If we named the place wrong, we will fix it.",
        ),
        Words(
            "Su plan quería esta atención en otro lugar.",
            "No paga esta atención en el lugar donde usted la recibió.",
            "Pregunte en qué lugares paga. Si pusimos mal el lugar, lo corregiremos.",
        ),
    ),
    Reason(
        "60",
        Ask.PLAN_THEN_PRACTICE,
        Words(
            "This was close to a hospital stay.",
            "Your plan counts care just before or after a stay as part of that stay.",
            "Call us before you pay. We will check if the hospital should bill it.",
        ),
        Words(
            "Esto fue cerca de una estadía en el hospital.",
            "Su plan cuenta la atención de poco antes o después como parte de la estadía.",
            "Llámenos antes de pagar. Veremos si debe cobrarlo el hospital.",
        ),
    ),
    Reason(
        "197",
        Ask.PRACTICE,
        Words(
            "Your plan wanted to be asked first.",
            "It must say yes before care like this. It says that nobody asked.",
            "You may not owe this. Call us before you pay, and we will check.",
        ),
        Words(
            "Su plan quería que se le preguntara antes.",
            "Debe decir que sí antes de este tipo de atención. Dice que nadie preguntó.",
            "Quizá usted no debe esto. Llámenos antes de pagar y lo revisaremos.",
        ),
    ),
    Reason(
        "198",
        Ask.PRACTICE,
        Words(
            "This went past what your plan said yes to.",
            "Your plan agreed to some care. It says you got more than that.",
            "Call us before you pay. We can ask your plan for the rest.",
        ),
        Words(
            "Esto pasó de lo que su plan aceptó.",
            "Su plan aceptó cierta atención. Dice que usted recibió más.",
            "Llámenos antes de pagar. Podemos pedir el resto a su plan.",
        ),
    ),
    Reason(
        "288",
        Ask.PLAN_THEN_PRACTICE,
        Words(
            "Your plan wanted a referral.",
            "Your own doctor had to send you here first. Your plan has no note of that.",
            "Did your doctor send you? Ask the office to tell your plan, then call us.",
        ),
        Words(
            "Su plan quería una referencia médica.",
            "Su médico de cabecera debía enviarle primero. Su plan no tiene nota de eso.",
            "¿Le envió su médico? Pida a su consultorio que avise al plan y después llámenos.",
        ),
    ),
    Reason(
        "242",
        Ask.PLAN_THEN_PRACTICE,
        Words(
            "We are not in the network of your plan.",
            "Your plan pays less, or nothing, for care outside its group of doctors.",
            "Was it an emergency, or could you not choose? The law may protect you. Call us.",
        ),
        Words(
            "No estamos en la red de su plan.",
            "Su plan paga menos, o nada, por la atención fuera de su grupo de médicos.",
            "¿Fue una emergencia o no pudo elegir? Quizá la ley le protege. Llámenos.",
        ),
    ),
    Reason(
        "243",
        Ask.PLAN_THEN_PRACTICE,
        Words(
            "Your own doctor had to agree first.",
            "Your plan wanted your main doctor to approve this care.",
            "Did your doctor agree? Ask the office to tell your plan, then call us.",
        ),
        Words(
            "Su médico de cabecera debía aceptarlo antes.",
            "Su plan quería que su médico principal aprobara esta atención.",
            "¿Lo aprobó su médico? Pida a su consultorio que avise al plan y después llámenos.",
        ),
    ),
    Reason(
        "279",
        Ask.PLAN_THEN_PRACTICE,
        Words(
            "We are not on the short list of your plan.",
            "Your plan pays in full only for some of the doctors in its network.",
            "Ask which doctors are on the list, and if an exception is possible.",
        ),
        Words(
            "No estamos en la lista corta de su plan.",
            "Su plan paga todo solo con algunos médicos de su red.",
            "Pregunte qué médicos están en la lista y si es posible una excepción.",
        ),
    ),
    Reason(
        "42",
        Ask.PRACTICE,
        Words(
            "This is above the price your plan allows.",
            "Your plan sets a top price. This is the part of the bill above it.",
            "You may not owe this. Call us before you pay, and we will check.",
        ),
        Words(
            "Esto pasa del precio que su plan permite.",
            "Su plan fija un precio máximo. Esta es la parte de la factura que lo pasa.",
            "Quizá usted no debe esto. Llámenos antes de pagar y lo revisaremos.",
        ),
    ),
    Reason(
        "45",
        Ask.PRACTICE,
        Words(
            "This is above the price your plan allows.",
            "Your plan sets a top price. This is the part of the bill above it.",
            "You may not owe this. Call us before you pay, and we will check.",
        ),
        Words(
            "Esto pasa del precio que su plan permite.",
            "Su plan fija un precio máximo. Esta es la parte de la factura que lo pasa.",
            "Quizá usted no debe esto. Llámenos antes de pagar y lo revisaremos.",
        ),
        owed=False,
    ),
    Reason(
        "227",
        Ask.PLAN,
        Words(
            "Your plan is waiting for an answer from you.",
            "It asked you for something and has not got it yet.",
            "Call your plan and ask what it needs. You do not have to pay yet.",
        ),
        Words(
            "Su plan espera una respuesta de usted.",
            "Le pidió algo y todavía no lo ha recibido.",
            "Llame a su plan y pregunte qué necesita. Todavía no tiene que pagar.",
        ),
        owed=False,
    ),
)
