"""Reasons that are the patient's agreed part: deductible, coinsurance, copay and their kin."""

from collections.abc import Sequence

from portal.domain.reason import Ask, Reason, Words

COST_SHARING: Sequence[Reason] = (
    Reason(
        "1",
        Ask.PLAN_THEN_PRACTICE,
        Words(
            "This is your deductible.",
            "It is the part of your care you pay each year before your plan starts to pay.",
            "Is your deductible already met? Your plan can check. We pause the bill meanwhile.",
        ),
        Words(
            "Este es su deducible.",
            "Es la parte de su atención que usted paga cada año antes de que su plan empiece a "
            "pagar.",
            "¿Ya completó su deducible? Su plan puede revisarlo. Mientras, detenemos esta factura.",
        ),
    ),
    Reason(
        "2",
        Ask.PLAN,
        Words(
            "This is your coinsurance.",
            "You and your plan share the agreed price. Your plan sets the share.",
            "Do you think the share is wrong? Your plan can tell you how it was set.",
        ),
        Words(
            "Este es su coseguro.",
            "Usted y su plan comparten el precio acordado. Su plan fija la parte de cada uno.",
            "¿Cree que su parte no es correcta? Su plan puede decirle cómo la calculó.",
        ),
    ),
    Reason(
        "3",
        Ask.PRACTICE,
        Words(
            "This is your copay.",
            "It is a set fee. Your plan asks you to pay it for each visit of this kind.",
            "Did you pay it at the desk? Tell us when, and we will find it. A receipt helps, but "
            "you do not need one.",
        ),
        Words(
            "Este es su copago.",
            "Es una cantidad fija. Su plan le pide pagarla en cada visita de este tipo.",
            "¿Lo pagó en la recepción? Díganos cuándo y lo buscaremos. Un recibo ayuda, pero no "
            "hace falta.",
        ),
    ),
    Reason(
        "66",
        Ask.PLAN,
        Words(
            "This is your deductible for blood.",
            "You pay for the first units of blood you get in a year. After that your plan pays.",
            "Did someone give blood for you? Your plan can say if that lowers your part.",
        ),
        Words(
            "Este es su deducible por sangre.",
            "Usted paga las primeras unidades de sangre que recibe en un año. Después paga su "
            "plan.",
            "¿Alguien donó sangre para usted? Su plan puede decirle si eso baja su parte.",
        ),
    ),
    Reason(
        "85",
        Ask.PLAN,
        Words(
            "This is interest.",
            "Your plan says you owe interest on a sum that was paid late.",
            "We did not add it. Your plan can tell you how it was worked out.",
        ),
        Words(
            "Estos son intereses.",
            "Su plan dice que usted debe intereses por una suma que se pagó tarde.",
            "No los agregamos nosotros. Su plan puede decirle cómo los calculó.",
        ),
    ),
    Reason(
        "142",
        Ask.PRACTICE,
        Words(
            "This is your part under Medicaid.",
            "Medicaid says you pay for some of your care each month. It looks at your income.",
            "Has your income changed? Tell your Medicaid office. They can set a new part.",
        ),
        Words(
            "Esta es su parte con Medicaid.",
            "Medicaid dice que usted paga algo de su atención cada mes, según sus ingresos.",
            "¿Cambiaron sus ingresos? Avise a su oficina de Medicaid. Pueden fijar otra parte.",
        ),
    ),
    Reason(
        "178",
        Ask.PRACTICE,
        Words(
            "You have not reached your Medicaid spend-down.",
            "You pay for some care first. When you reach a set sum, Medicaid starts to pay.",
            "Keep this bill. Show it to your Medicaid office, so that they can count it.",
        ),
        Words(
            "Todavía no llega a su gasto mínimo de Medicaid.",
            "Primero paga usted una parte de su atención. Cuando llega a cierta suma, Medicaid "
            "empieza a pagar.",
            "Guarde esta factura. Muéstrela en su oficina de Medicaid para que la cuenten.",
        ),
    ),
    Reason(
        "241",
        Ask.PLAN,
        Words(
            "This is your small copay for medicine.",
            "Medicare gives you extra help with drug costs. This is what is left for you.",
            "Do you think your help should be higher? Your drug plan can check it.",
        ),
        Words(
            "Este es su copago reducido por medicinas.",
            "Medicare le da ayuda adicional para las medicinas. Esto es lo que queda para usted.",
            "¿Cree que su ayuda debe ser mayor? Su plan de medicinas puede revisarlo.",
        ),
    ),
    Reason(
        "247",
        Ask.PLAN_THEN_PRACTICE,
        Words(
            "This is your deductible for the doctor.",
            "A doctor saw you at a hospital or clinic. You pay this part each year before your "
            "plan pays.",
            "Is your deductible already met? Your plan can check. We pause the bill meanwhile.",
        ),
        Words(
            "Este es su deducible por el médico.",
            "Un médico le atendió en un hospital o una clínica. Usted paga esta parte cada año "
            "antes de que pague su plan.",
            "¿Ya completó su deducible? Su plan puede revisarlo. Mientras, detenemos esta factura.",
        ),
    ),
    Reason(
        "248",
        Ask.PLAN,
        Words(
            "This is your coinsurance for the doctor.",
            "A doctor saw you at a hospital or clinic. You and your plan share the price.",
            "Do you think the share is wrong? Your plan can tell you how it was set.",
        ),
        Words(
            "Este es su coseguro por el médico.",
            "Un médico le atendió en un hospital o una clínica. Usted y su plan comparten el "
            "precio.",
            "¿Cree que su parte no es correcta? Su plan puede decirle cómo la calculó.",
        ),
    ),
    Reason(
        "275",
        Ask.PLAN_THEN_PRACTICE,
        Words(
            "Your second plan does not pay this part.",
            "Your first plan left a part for you. Your second plan does not pay it.",
            "Read both letters from your plans. If they do not match this bill, tell us.",
        ),
        Words(
            "Su segundo plan no paga esta parte.",
            "Su primer plan dejó una parte para usted. Su segundo plan no la paga.",
            "Lea las cartas de los dos planes. Si no coinciden con esta factura, díganos.",
        ),
    ),
    Reason(
        "23",
        Ask.PLAN_THEN_PRACTICE,
        Words(
            "This is what your first plan left.",
            "You have more than one plan. One has paid its part, and the other says the rest is "
            "yours.",
            "Read both letters from your plans. If they do not match this bill, tell us.",
        ),
        Words(
            "Esto es lo que dejó su primer plan.",
            "Usted tiene más de un plan. Uno pagó su parte y el otro dice que el resto es suyo.",
            "Lea las cartas de los dos planes. Si no coinciden con esta factura, díganos.",
        ),
    ),
    Reason(
        "132",
        Ask.PLAN,
        Words(
            "A special program sets this part.",
            "You are in a trial program of your plan. It says how much you pay.",
            "Your plan can tell you about the program and what it asks of you.",
        ),
        Words(
            "Un programa especial fija esta parte.",
            "Usted está en un programa de prueba de su plan. El programa dice cuánto paga.",
            "Su plan puede explicarle el programa y lo que le pide.",
        ),
    ),
    Reason(
        "187",
        Ask.PLAN_THEN_PRACTICE,
        Words(
            "This comes from your health account.",
            "Your plan says a health savings or spending account of yours pays this.",
            "Look at that account. If the money has left it, tell us, and we will find it.",
        ),
        Words(
            "Esto sale de su cuenta de salud.",
            "Su plan dice que lo paga su cuenta de ahorros o gastos de salud.",
            "Revise esa cuenta. Si el dinero ya salió, díganos y lo buscaremos.",
        ),
    ),
    Reason(
        "201",
        Ask.PLAN_THEN_PRACTICE,
        Words(
            "Money was set aside for this.",
            "You have an agreement that sets money aside for this care. You pay this from it.",
            "Did your agreement end, or is the money used up? Tell your plan.",
        ),
        Words(
            "Se apartó dinero para esto.",
            "Usted tiene un acuerdo que aparta dinero para esta atención. Esto se paga con él.",
            "¿Terminó su acuerdo o se acabó el dinero? Avise a su plan.",
        ),
    ),
    Reason(
        "P3",
        Ask.PLAN_THEN_PRACTICE,
        Words(
            "Money was set aside for your work injury.",
            "Your case was settled. The agreement set money aside for care like this.",
            "Did your agreement end, or is the money used up? Tell your plan.",
        ),
        Words(
            "Se apartó dinero para su lesión de trabajo.",
            "Su caso se resolvió. El acuerdo apartó dinero para atención como esta.",
            "¿Terminó su acuerdo o se acabó el dinero? Avise a su plan.",
        ),
    ),
)
