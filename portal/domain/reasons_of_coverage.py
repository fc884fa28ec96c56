"""Reasons about who is covered, when, and for what."""

from collections.abc import Sequence

from portal.domain.reason import Ask, Reason, Words

COVERAGE: Sequence[Reason] = (
    Reason(
        "26",
        Ask.PRACTICE,
        Words(
            "Your plan had not started yet.",
            "Your plan says this visit came before your first day with them.",
            "Did you have another plan on that day? Tell us, and we will send it the bill.",
        ),
        Words(
            "Su plan todavía no había empezado.",
            "Su plan dice que esta visita fue antes de su primer día con ellos.",
            "¿Tenía otro plan ese día? Díganos y le enviaremos la factura.",
        ),
    ),
    Reason(
        "27",
        Ask.PRACTICE,
        Words(
            "Your plan had ended.",
            "Your plan says this visit came after your last day with them.",
            "Do you have a new plan? Tell us, and we will send it the bill.",
        ),
        Words(
            "Su plan ya había terminado.",
            "Su plan dice que esta visita fue después de su último día con ellos.",
            "¿Tiene un plan nuevo? Díganos y le enviaremos la factura.",
        ),
    ),
    Reason(
        "200",
        Ask.PRACTICE,
        Words(
            "You had a gap in your plan.",
            "Your plan says you were not covered on the day of this visit.",
            "Did you have another plan on that day? Tell us, and we will send it the bill.",
        ),
        Words(
            "Hubo un tiempo sin plan.",
            "Su plan dice que usted no tenía cobertura el día de esta visita.",
            "¿Tenía otro plan ese día? Díganos y le enviaremos la factura.",
        ),
    ),
    Reason(
        "238",
        Ask.PLAN_THEN_PRACTICE,
        Words(
            "Some days were not covered.",
            "Your plan began or ended while you were in our care. This is for the other days.",
            "Did you have another plan on those days? Tell us, and we will send it the bill.",
        ),
        Words(
            "Algunos días no tenían cobertura.",
            "Su plan empezó o terminó mientras le atendíamos. Esto es por los otros días.",
            "¿Tenía otro plan esos días? Díganos y le enviaremos la factura.",
        ),
    ),
    Reason(
        "32",
        Ask.PLAN_THEN_PRACTICE,
        Words(
            "This patient is not on the plan.",
            "The plan covers a family. It does not list this patient as part of it.",
            "Ask who is on the plan. If it is a mistake, they can fix it, and we will bill again.",
        ),
        Words(
            "Este paciente no está en el plan.",
            "El plan cubre a una familia y no incluye a este paciente.",
            "Pregunte quién está en el plan. Si es un error, ellos lo corrigen y enviaremos la "
            "factura otra vez.",
        ),
    ),
    Reason(
        "33",
        Ask.PRACTICE,
        Words(
            "This plan covers one person only.",
            "It does not cover the family of the person who signed up.",
            "Does the patient have another plan? Tell us, and we will send it the bill.",
        ),
        Words(
            "Este plan cubre a una sola persona.",
            "No cubre a la familia de quien lo contrató.",
            "¿Tiene el paciente otro plan? Díganos y le enviaremos la factura.",
        ),
    ),
    Reason(
        "177",
        Ask.PLAN,
        Words(
            "Your plan says you did not qualify.",
            "The plan has rules about who can use this benefit. It says they were not met.",
            "Your plan can tell you which rule it was, and how to ask for a new look.",
        ),
        Words(
            "Su plan dice que usted no reunía las condiciones.",
            "El plan tiene reglas sobre quién puede usar este beneficio. Dice que no se cumplían.",
            "Su plan puede decirle qué regla fue y cómo pedir que lo revisen.",
        ),
    ),
    Reason(
        "96",
        Ask.PLAN,
        Words(
            "Your plan does not pay for this.",
            "It says this service is not part of what you bought.",
            "Your plan must tell you why. You can ask it to look again. That is called an appeal.",
        ),
        Words(
            "Su plan no paga esto.",
            "Dice que este servicio no es parte de lo que usted contrató.",
            "Su plan debe decirle por qué. Usted puede pedir que lo revisen. Eso se llama "
            "apelación.",
        ),
    ),
    Reason(
        "204",
        Ask.PLAN,
        Words(
            "This is not in your plan.",
            "Your plan does not pay for this service, item or medicine.",
            "Look in your plan booklet. If it is listed there, ask your plan to look again.",
        ),
        Words(
            "Esto no está en su plan.",
            "Su plan no paga este servicio, artículo o medicina.",
            "Busque en el folleto de su plan. Si aparece ahí, pida que lo revisen.",
        ),
    ),
    Reason(
        "B1",
        Ask.PLAN,
        Words(
            "Your plan does not pay for this kind of visit.",
            "It says visits like this one are not part of what you bought.",
            "Your plan must tell you why. You can ask it to look again. That is called an appeal.",
        ),
        Words(
            "Su plan no paga este tipo de visita.",
            "Dice que las visitas como esta no son parte de lo que usted contrató.",
            "Su plan debe decirle por qué. Usted puede pedir que lo revisen. Eso se llama "
            "apelación.",
        ),
    ),
    Reason(
        "49",
        Ask.PLAN,
        Words(
            "Your plan does not pay for this checkup.",
            "It does not pay for this checkup, or for a test that was done with it.",
            "Many plans must pay for some checkups in full. Ask if this is one of them.",
        ),
        Words(
            "Su plan no paga esta consulta preventiva.",
            "No paga esta consulta o una prueba que se hizo con ella.",
            "Muchos planes deben pagar completas algunas consultas preventivas. Pregunte si esta "
            "es una.",
        ),
    ),
    Reason(
        "202",
        Ask.PLAN,
        Words(
            "This was for your comfort.",
            "Your plan pays for care. It does not pay for things that make a stay nicer.",
            "Did you not ask for it? Tell us, and we will check.",
        ),
        Words(
            "Esto fue para su comodidad.",
            "Su plan paga la atención. No paga cosas que hacen más cómoda la estadía.",
            "¿No lo pidió? Díganos y lo revisaremos.",
        ),
    ),
    Reason(
        "51",
        Ask.PLAN,
        Words(
            "Your plan left out an older health problem.",
            "It says you had this health problem before you joined.",
            "Most plans may not do this today. Ask your plan to look again.",
        ),
        Words(
            "Su plan dejó fuera un problema de salud anterior.",
            "Dice que usted tenía este problema antes de entrar al plan.",
            "Hoy la mayoría de los planes no puede hacerlo. Pida que lo revisen.",
        ),
    ),
    Reason(
        "276",
        Ask.PLAN_THEN_PRACTICE,
        Words(
            "Your first plan said no.",
            "Your first plan did not pay for this. So this plan does not pay for it.",
            "Ask your first plan to look again. If it pays, we will change this bill.",
        ),
        Words(
            "Su primer plan dijo que no.",
            "Su primer plan no pagó esto. Por eso este plan tampoco lo paga.",
            "Pida a su primer plan que lo revise. Si paga, cambiaremos esta factura.",
        ),
    ),
    Reason(
        "A1",
        Ask.PLAN_THEN_PRACTICE,
        Words(
            "Your plan did not pay this.",
            "It says this part is yours. Its letter to you may say more.",
            "Read the letter from your plan. You can ask your plan to look again.",
        ),
        Words(
            "Su plan no pagó esto.",
            "Dice que esta parte es suya. La carta que le envió puede decir más.",
            "Lea la carta de su plan. Usted puede pedir que lo revisen.",
        ),
    ),
    Reason(
        "22",
        Ask.PRACTICE,
        Words(
            "Another plan may have to pay first.",
            "Your plan thinks that you have one more plan.",
            "Tell your plan and us about each plan you have. You do not have to pay yet.",
        ),
        Words(
            "Quizá otro plan debe pagar primero.",
            "Su plan cree que usted tiene un plan más.",
            "Díganos a su plan y a nosotros qué planes tiene. Todavía no tiene que pagar.",
        ),
        owed=False,
    ),
    Reason(
        "31",
        Ask.PRACTICE,
        Words(
            "Your plan could not find you.",
            "The name, birth date or member number we sent is not on its list.",
            "Tell us what your card says. We will send the bill again.",
        ),
        Words(
            "Su plan no le encontró.",
            "El nombre, la fecha de nacimiento o el número que enviamos no está en su lista.",
            "Díganos qué dice su tarjeta. Enviaremos la factura otra vez.",
        ),
        owed=False,
    ),
    Reason(
        "140",
        Ask.PRACTICE,
        Words(
            "Your name and your member number do not fit.",
            "Your plan has another name for the number we sent.",
            "Tell us what your card says. We will send the bill again.",
        ),
        Words(
            "Su nombre y su número de miembro no corresponden.",
            "Su plan tiene otro nombre para el número que enviamos.",
            "Díganos qué dice su tarjeta. Enviaremos la factura otra vez.",
        ),
        owed=False,
    ),
    Reason(
        "109",
        Ask.PRACTICE,
        Words(
            "This bill went to the wrong plan.",
            "The plan says that another plan should pay for this visit.",
            "Tell us which plan you had on that day. We will send it the bill.",
        ),
        Words(
            "Esta factura llegó al plan equivocado.",
            "El plan dice que otro plan debe pagar esta visita.",
            "Díganos qué plan tenía ese día. Le enviaremos la factura.",
        ),
        owed=False,
    ),
    Reason(
        "100",
        Ask.PLAN_THEN_PRACTICE,
        Words(
            "Your plan paid you.",
            "It sent the money for this visit to you and not to us.",
            "Look for a check or a deposit from your plan. If none came, ask them.",
        ),
        Words(
            "Su plan le pagó a usted.",
            "Envió a usted, y no a nosotros, el dinero de esta visita.",
            "Busque un cheque o un depósito de su plan. Si no llegó, pregúnteles.",
        ),
        owed=False,
    ),
)
