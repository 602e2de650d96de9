"""Function words of the six languages: too common to say what a text is about. Content words stay out of these lists.

`été` is a summer, not a participle; `or` is not listed in French, `die` not in English, `son` not in Spanish.
"""

STOP_WORDS: dict[str, frozenset[str]] = {
    language: frozenset(words.split())
    for language, words in {
        "fr": """
            afin ai ainsi alors après au aucun aucune aussi autre autres aux avait avant avec avoir car
            ce ceci cela celle celles celui ces cet cette ceux chaque chez ci comme comment dans de des
            donc dont du elle elles en entre es est et eu eux fait faut font il ils je la laquelle le
            lequel les lesquelles lesquels leur leurs lors lui là ma mais me mes moi moins mon même ne
            ni nos notre nous on ont ou où par parce pas peu peut peuvent plus pour pourquoi qu quand
            que quel quelle quelles quels qui quoi sa sans se sera seront ses si soi soit son sont sous
            sur ta te tel telle tes toi ton tous tout toute toutes très tu un une vers via vos votre
            vous y à étaient était étant être
        """,
        "en": """
            a about after all also am an and any are as at be because been before being between both but
            by can could did do does doing down during each for from had has have having he her here
            hers him his how i if in into is it its itself just me more most my no nor not of off on
            once only or other our ours out over own same she should so some such than that the their
            theirs them then there these they this those through to too under until up very was we were
            what when where which while who whom why will with would you your
        """,
        "de": """
            aber alle allem allen aller alles als also am an ander andere anderen anderer anderes auch
            auf aus bei bin bis bist da damit dann das dass dein dem den denn der deren des dessen dich
            die dies diese diesem diesen dieser dieses dir doch dort du durch ein eine einem einen einer
            eines er es euch euer für gegen hab habe haben hat hatte hatten hier ich ihm ihn ihnen ihr
            ihre ihrem ihren ihrer im in ins ist ja jede jedem jeden jeder jedes kann kein keine keinem
            keinen keiner können man mein mit muss müssen nach nicht noch nun nur ob oder ohne sehr sein
            seine seinem seinen seiner selbst sich sie sind so solche soll sollen sowie um und uns unser
            unter vom von vor wann war waren warum was weil welche welchem welchen welcher welches wenn
            wer werden wie wieder will wir wird wo wurde wurden zu zum zur zwischen über
        """,
        "es": """
            a al algo alguna algunos algún ante antes aquel aquella como con contra cual cuales cuando
            cuál cuáles cuándo cómo de del desde donde durante dónde e el ella ellas ellos en entre era
            eran es esa esas ese esos esta estas este esto estos está están fue fueron ha han hasta hay
            la las le les lo los me mi mis muy más nada ni no nos nosotros o otra otras otro otros para
            pero poco por porque que quien quienes quién qué se sea ser si sido sin sobre son su sus sí
            también tan tanto te tiene tienen todo todos tu tus un una unas uno unos y ya yo él
        """,
        "it": """
            a ad agli ai al alla alle allo anche ancora avere c che chi ci cioè come con contro cui da
            dagli dai dal dalla dalle dallo degli dei del dell della delle dello di dopo dove e ed era
            erano essere fra gli ha hanno i il in io l la le lei li lo loro lui ma me mi mia mio ne
            negli nei nel nella nelle nello noi non nostra nostro o ogni per perché più poi può qual
            quale quali quando quanto quella quelle quelli quello questa queste questi questo qui se sei
            si sia siamo sono su sua sue sugli sui sul sulla sulle sullo suo suoi tra tu tutti tutto un
            una uno vi voi è
        """,
        "nl": """
            aan al alle alleen als ander andere bij binnen daar dan dat de deze die dit doch doen door
            dus een eens en er geen had hadden heb hebben heeft hem het hier hij hoe hun iets ik in is
            ja je jij kan kon kunnen maar me meer men met mij mijn moet moeten na naar niet niets nog nu
            of om omdat onder ons ook op over reeds sinds te tegen ten ter toch toen tot tussen u uit uw
            van vanaf veel voor waar waarom wat we wel welke werd werden wie wij wil word worden wordt
            zal ze zeer zich zij zijn zo zonder zou zouden
        """,
    }.items()
}
