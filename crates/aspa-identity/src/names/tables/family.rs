//! Family names and the share of the population that bears them, in bands.
//!
//! Own lists (November 2026), written from general knowledge of the rankings that these publish, and
//! not counted from their files: Finland DVV (2024), Sweden
//! SCB (2023), England and Wales ONS with the United States Census (2010), Germany the telephone
//! directories as counted by the Deutscher Familiennamenatlas, Russia the frequency lists of
//! Zhuravlev (2005), Estonia Statistikaamet (2023), Spain INE (2023). Order and size are
//! approximate: most names should be within a factor of two or three of their band.

use super::Bands;

/// By language; all folded.
pub(in super::super) const FAMILY: &[Bands] = &[FI, SV, EN, DE, RU, ET, ES, OTHER];

const FI: Bands = &[
    (
        0.0036,
        "korhonen virtanen makinen nieminen makela hamalainen laine heikkinen koskinen jarvinen",
    ),
    (
        0.0028,
        "lehtonen lehtinen saarinen salminen heinonen niemi heikkila salonen kinnunen turunen laitinen tuominen salo rantanen karjalainen jokinen mattila savolainen lahtinen ahonen",
    ),
    (
        0.0018,
        "ojala leppanen kallio hiltunen vaisanen leinonen pitkanen miettinen aaltonen hakala anttila laaksonen manninen koskela rasanen hirvonen lehto makinen toivonen peltonen jaaskelainen partanen nurmi aalto kettunen peltola mustonen kemppainen moilanen seppala lampinen huttunen karkkainen kauppinen halonen salmela vainio leppala",
    ),
    (
        0.0009,
        "ahola aho ahlgren airaksinen alanen alatalo anttonen arola asikainen autio backman berg blomqvist eerola elo eloranta enqvist erkkila eronen eskelinen eskola forsman forsstrom fagerstrom granholm granlund gustafsson haapala haapanen haapasalo haataja hakanen hakkarainen halme halonen hamari hannula harju hautala hautamaki heikkonen heinanen heino heiskanen helenius hellsten hellman helminen henriksson hietala hietanen hillman hirvela holappa holm holmberg holmstrom honkanen huhtala huotari hurme huovinen huuskonen hyttinen hyvonen hyvarinen hannikainen hanninen harkonen hayrinen ihalainen ikonen immonen isomaki jalonen jantunen jarvela johansson jokela jokiniemi jormanainen juntunen jussila juvonen jarvi kaartinen kalliokoski kallioniemi kangas kangasniemi kankaanpaa kantola karhu karhunen karlsson karppinen karttunen karvinen karvonen katajisto kauhanen kaukonen kauppila keranen kari keskinen ketola kiiskinen kilpelainen kiuru kivela kivi kiviniemi kivinen kivisto kokko kokkonen koistinen koivisto koivula koivunen kolehmainen komulainen konttinen kontio kosonen korpela korpi kortelainen kortesmaa koski koskelo kosunen kotilainen kotiranta kukkonen kulmala kuusela kuusisto kuisma kuronen kurki kyllonen kytola kallstrom kahkonen karna laakkonen laakso lahti lahdenpera laukkanen lampi lappalainen latvala lauri laurila lehikoinen lehtimaki lehtola lehtovaara leino leivo leskinen levanen lesonen liimatainen lind lindberg lindfors lindgren lindholm lindqvist lindroos lindstrom linna lipponen loponen louhelainen lukkari lukkarinen lundberg lundgren lundqvist luoma luukkonen luoto lahteenmaki lahde maattanen malinen markkanen martikainen martinen matikainen merilainen merilainen metsala mikkola mikkonen myllymaki myllyla myohanen maki maki-petaja mantyla mantynen nenonen nevalainen niemela niinisto niskanen nissinen nousiainen nuutinen nyberg nygard nykanen nylund nyman nystrom naatanen oksanen olkkonen ollikainen ollila oinonen paananen paavola pajunen palonen parkkinen parviainen passinen pasanen patronen paavilainen pekkala pekkarinen pelkonen peltomaki penttila penttinen perala pesonen piirainen piippo piispanen pietila pohjola polonen pulkkinen puustinen pynnonen raatikainen raitanen rajala ranta rantala rautiainen rautio reinikainen remes repo riihimaki riikonen rinne ristola rissanen ronkainen rossi ruokonen ruotsalainen ruuskanen ryynanen rytkonen raisanen rasanen saarela saari saarelainen saastamoinen sahlberg saikkonen sainio salmi salminen salokangas savola selin seppanen sihvonen siitonen silvennoinen sillanpaa simola simonen sinkkonen sipila siren sirola sjoberg soderholm soderlund soininen sorsa suhonen sundberg suomalainen suominen suutari soderstrom taipale takala tamminen tanskanen tenhunen teittinen tiainen tikka tikkanen timonen tirkkonen toivanen toivola tolonen tolvanen torkkeli torvinen tuomi tuomainen tuomela tuomisto tuovinen turpeinen tyrvainen tormanen uotila uusitalo utriainen vaara valkonen valtonen vartiainen vanhanen vehvilainen venalainen vesterinen viitala viitanen vilen virkkunen virta virtala voutilainen vuorela vuori vuorinen vuorio vaananen vartiainen vayrynen wahlroos wallin westerlund wikstrom wiren ylitalo ylonen yli-kokko aijala angesleva ohman osterberg osterman",
    ),
];

const SV: Bands = &[
    (
        0.022,
        "andersson johansson karlsson nilsson eriksson larsson olsson persson svensson gustafsson",
    ),
    (
        0.006,
        "pettersson jonsson jansson hansson bengtsson carlsson petersson lindberg magnusson lindstrom gustavsson olofsson lindgren axelsson bergstrom lundberg jakobsson lundgren berg berglund fredriksson mattsson sandberg henriksson forsberg sjoberg ali mohamed wallin engstrom eklund danielsson lundin hakansson hassan",
    ),
    (
        0.0012,
        "aberg abrahamsson adolfsson ahlberg ahlstrom akesson alm almqvist alexandersson andreasson anderson arvidsson aronsson asplund backlund backstrom bergman bergqvist bergkvist bjork bjorklund bjorkman blom blomberg blomqvist blixt bostrom borg brandt broman brink brodin bystrom carlberg carlson claesson christensen dahl dahlberg dahlgren dahlin dahlstrom edlund edstrom ek ekberg ekblad ekdahl ekholm ekman ekstrom elmqvist enberg eliasson englund engberg ericson ericsson erlandsson falk fors forsell forslund forsman fransson franzen friberg frisk gabrielsson gunnarsson granberg granath grahn gronlund gustafson hallberg hallgren hammar hansen hedberg hedlund hedman hedstrom hellberg hellgren hellstrom hermansson hjalmarsson hjelm holm holmberg holmgren holmqvist holmstrom hogberg hoglund isaksson israelsson ivarsson jacobsson jensen johnsson jonasson josefsson jonson karlstrom kjellberg kling klingberg knutsson kristensson kronberg kvist lagerqvist landin larson lidman liljeqvist lilja lind lindahl lindblad lindblom linden linder lindholm lindkvist lindqvist lindell linderholm ljung ljungberg ljunggren ljungqvist lofgren lovgren lund lundahl lundell lundholm lundmark lundqvist lundstrom lundvall lofstrom malm malmberg malmgren marklund martinsson martensson melin moberg molin modin moller mortensson nielsen nilson norberg nord nordgren nordin nordlund nordstrom noren norling norman nyberg nygren nyholm nylen nylund nyman nystrom nasstrom oberg ohlin ohlsson ohman olander olausson osterberg ostlund osterlund ottosson palm palmqvist paulsson pehrsson petterson palsson palsson quist ramstrom rask ros rosen rosenberg rosengren roos rudolfsson rundqvist ryden rydberg sahlin samuelsson sandgren sandin sandstrom segerstrom selin sjodin sjogren sjolander sjolund sjostrom skog skoglund skold soderberg soderlund soderstrom soderqvist stal stahl stenberg stenstrom stromberg strom strand strandberg sund sundberg sundin sundstrom sundqvist svanberg svard svedberg svenningsson thorsell thunberg thulin tornqvist torstensson tuvesson turesson ulfsson vestin viklund viberg wahlberg wahlstrom wallen wallgren walter wennberg werner westberg westerberg westerlund westman wester westin wiberg wiklund wikstrom winberg zetterberg zetterlund zetterstrom",
    ),
];

const EN: Bands = &[
    (
        0.008,
        "smith johnson williams jones brown davis taylor wilson",
    ),
    (
        0.004,
        "miller anderson thomas jackson white harris martin thompson robinson clark lewis walker hall allen young king wright hill scott green adams baker evans davies roberts wood hughes edwards",
    ),
    (
        0.002,
        "nelson campbell mitchell carter phillips parker turner collins stewart morris rogers reed cook morgan bell murphy bailey cooper richardson cox howard ward peterson gray james watson brooks kelly sanders price bennett ross henderson coleman jenkins perry powell long patterson washington butler simmons foster russell griffin hayes myers ford hamilton graham sullivan wallace woods cole west jordan owens reynolds fisher ellis harrison gibson shaw hunt black palmer mills nichols grant knight stone dunn hawkins perkins hudson spencer gardner payne pierce berry matthews arnold wagner willis ray watkins olson carroll duncan snyder hart cunningham bradley lane andrews harper fox riley armstrong carpenter weaver greene lawrence elliott chapman kennedy patel khan clarke",
    ),
    (
        0.0008,
        "abbott adamson ainsworth akhtar aldridge alexander allan ambrose appleton archer ashton atkins atkinson austin ball banks barber barker barlow barnes barnett barrett barron barry bates baxter beck begum benson bentley berman best bird bishop blair blake bond booth bourne bowen boyd brennan bridges briggs brookes bruce bryan bryant buckley bull burgess burke burns burrows burton byrne caldwell cameron carey carr carson chambers chandler charlton clay clayton clements cline cohen collier connolly conner connor cook cooke corbett craig crane crawford cross cruz curtis dale daly daniels davenport davey davidson dawson day dean dennis dixon dodd doherty donaldson donnelly douglas doyle drake dyer eaton ellison emerson english farmer farrell faulkner ferguson field fields finch fitzgerald fleming fletcher flynn forbes fowler francis franklin fraser frazier freeman french frost fuller gallagher garner garrett george gibbs gilbert giles gill gilmore glover goddard goldman gomez good goodman goodwin gordon gough greenwood gregory griffiths hale haley hammond hancock hanson harding hardy harmon hartley harvey haynes heath henry herbert hewitt hicks higgins hilton hobbs hodges hodgson hoffman hogan holden holland holloway holmes holt hooper hope hopkins horton houghton houston howarth howe howell hull humphrey humphreys hunter hurst hussain hutchinson hyde ingram irving jacobs jarvis jefferson jennings jensen johnston joyce kane kay kaye kaur kemp kent kerr kirby kirk knowles lamb lambert larson leach lee leeson leigh lester little lloyd logan lord lowe lucas lynch lyons mackenzie maddox manning marsden marsh marshall mason mann may mccarthy mccormick mccoy mcdonald mcgee mcgrath mckay mckenna mckenzie mclaughlin mclean mcmahon merchant metcalfe meyer middleton miles millar milner moore moran moreno morrison morrow morton moss murray myles naylor neal newman newton nicholson nicholls nixon noble nolan norman norris norton obrien oconnell oconnor odonnell oliver oneill osborne owen page parkes parry parsons pearce pearson perez peters phelps pope porter potter pratt preston pritchard pugh quinn rahman randall read reeves reid rhodes rice richards roberson robertson robson rose rowe rowley russo ryan sanderson saunders savage sawyer schofield schultz schwartz sexton sharp sharpe shah shelton shepherd sheppard short simpson sims sinclair singh singleton skinner slater small smart snow southern sparks stanley steele stephens stephenson stevens stevenson stokes strong stuart summers sutton swift sykes talbot tate terry thorne thornton todd townsend tucker tyler vaughan vincent wade walsh walters walton ware warner warren watts webb webster weeks welch weiss wells wheeler whitaker whitehead whitehouse wilcox wiley wilkins wilkinson willson winter wise wolf wong woodward wyatt yates york",
    ),
];

const DE: Bands = &[
    (
        0.007,
        "muller mueller schmidt schneider fischer weber meyer wagner becker schulz hoffmann",
    ),
    (
        0.003,
        "schafer koch bauer richter klein wolf schroder neumann schwarz zimmermann braun kruger hofmann hartmann lange schmitt werner schmitz krause meier lehmann schmid schulze maier kohler herrmann konig walter mayer huber kaiser fuchs peters lang scholz moller weiss jung hahn schubert vogel friedrich keller gunther frank berger winkler roth beck lorenz baumann franke albrecht schuster simon ludwig bohm winter kraus martin schumacher kramer vogt stein jager otto sommer gross seidel heinrich brandt haas schreiber graf schulte dietrich ziegler kuhn kuhne pohl engel horn busch bergmann thomas voigt sauer arnold wolff pfeiffer",
    ),
    (
        0.0008,
        "abel ackermann adam adler albers althaus anders arndt auer bach bachmann bader bahr barth bartels barthel bartsch baum baumgartner bayer becher beckmann behrendt behrens bender berg bernhardt betz beyer binder bischoff blum bock bode born bosch brand brandl brauer braune brauner brenner breuer brinkmann brinkman bruckner brunner buchholz buck burger burkhardt busse christ clausen conrad cordes decker dietz diehl dorn dorner dreher eberhardt ebert eckert eder ehlers ehrhardt eichhorn engelhardt erdmann ernst esser falk faber feldmann fiedler fichtner fink forster franz freitag freund frey fritsch fritz fromm funk gabriel gebhardt geiger geissler gerber gerlach gobel gotz graber greiner grimm gruber gunter haase hagen hammer hansen hanke hauser hecht heck heine heinemann heinz heller henkel hennig hensel herbst herold herzog hess hesse heuer heyer hiller hinz hirsch hofer holz holzmann huth hubner hummel ilg jacob jacobs jahn jansen janssen janzen jost jorgens kaufmann kern kessler kiefer kirchner kirsch klaus klemm klose kluge knoll kolb konrad kopp krebs kremer kress kreuzer krieger kroll kruse kugler kunz kurz langer lauer lechner lenz lindner link linke lindemann lohmann loffler lutz marquardt martens marx mai maurer mayr meister menzel mertens merz metz metzger michel mohr moser muench munch nagel naumann neubauer nickel niemann noack noll nowak oswald ott paul petersen petzold pfeifer philipp popp probst rau raab rapp rausch reich reichel reichert reimann reimer reinhardt reiter renner reuter riedel rieger ritter rohde rose rosenberger rothe rudolph rupp sachs sander sattler schade schaller scheffler schenk scherer schiller schilling schindler schlegel schlosser schluter schmidtke schneller schober scholl scholten schonfeld schott schramm schreiner schroeder schroter schuler schuller schutz schumann schwab schwartz schweizer seifert seiler sievers siebert singer sonntag spath spath specht stahl stark staudt steffen steffens steiner steinmann stephan stock stoll strauss straub strobel sturm tauber teichmann thiel thiele timm trautmann uhlig ullrich ulrich unger urban vetter voss wachter wahl weidner weigel weiland weinert weiser wendt wegner wegener weis wenzel werth wiedemann wiese wiesner wild wilhelm wilke will wimmer winkelmann winter wirth witt witte wittmann wulf wulff wunderlich zander zeller zimmer zink",
    ),
];

const RU: Bands = &[
    (
        0.012,
        "ivanov smirnov kuznetsov popov vasilev petrov sokolov mikhaylov novikov fedorov ivanova smirnova kuznetsova popova vasileva petrova sokolova mikhaylova novikova fedorova",
    ),
    (
        0.004,
        "morozov volkov alekseev lebedev semenov egorov pavlov kozlov stepanov nikolaev orlov andreev makarov nikitin zakharov zaytsev solovev borisov yakovlev grigorev romanov vorobev sergeev kuzmin frolov aleksandrov dmitriev korolev gusev kiselev ilin maksimov polyakov sorokin vinogradov kovalev belov medvedev antonov tarasov zhukov baranov filippov komarov davydov belyaev gerasimov bogdanov osipov sidorov matveev titov markov mironov krylov kulikov karpov vlasov melnikov denisov gavrilov tikhonov kazakov afanasev danilov savelev timofeev fomin chernov abramov martynov efimov fedotov shcherbakov nazarov kalinin isaev chernyshev bykov maslov rodionov konovalov lazarev voronin klimov filatov ponomarev golubev kudryavtsev prokhorov naumov potapov zhuravlev ovchinnikov trofimov leonov sobolev ermakov kolesnikov goncharov emelyanov nikiforov grachev kotov grishin efremov arkhipov gromov kirillov malyshev panov moiseev rumyantsev akimov kondratev birukov gorbunov anisimov eremin tikhomirov galkin lukyanov mikheev skvortsov yudin belousov nesterov simonov prokofev kharitonov knyazev tsvetkov levin mitrofanov voronov aksenov sofronov maltsev loginov gorshkov savin krasnov mayorov demidov eliseev rybakov safonov plotnikov demin khokhlov fadeev molchanov ignatov litvinov ershov ushakov dementev ryabov mukhin kalashnikov leontev lobanov kuzin korneev evdokimov borodin platonov nekrasov balashov bobrov zhdanov blinov ignatev korotkov muravev kryukov belyakov bogomolov drozdov lavrov zuev petukhov larin nikulin serov terentev zotov ustinov fokin samoylov konstantinov sakharov shishkin samsonov cherkasov chistyakov nosov spiridonov karasev avdeev vorontsov zverev vladimirov seleznev nechaev kudryashov sedov firsov andrianov panfilov golovin terekhov ulyanov shestakov ageev nikonov selivanov bazhenov gordeev kozhevnikov pakhomov zimin kostin shirokov filimonov larionov ovsyannikov sazonov suvorov nefedov kornilov lyubimov lvov gorbachev kopylov lukin tokarev kuleshov shilov bolshakov pankratov rodin shapovalov pokrovskiy bocharov nikolskiy markin gorelov agafonov berezin ermolaev zubkov kupriyanov trifonov maslennikov kruglov tretyakov kolosov rozhkov artamonov shmelev laptev lapshin fedoseev zinovev zorin utkin stolyarov zubov tkachev dorofeev antipov zavyalov sviridov zolotarev kulakov meshcheryakov makeev dyakonov gulyaev petrovskiy bondarev pozdnyakov panfilov kochetkov sukhanov ryzhov starostin kalmykov kolesov zolotov kravtsov subbotin shubin shchukin losev vinokurov lapin parfenov isakov golovanov korovin rostov gagarin pushkin kotova belova orlova volkova kozlova",
    ),
    (
        0.002,
        "shevchenko kovalenko bondarenko tkachenko kravchenko oliynyk kovalchuk koval polishchuk bondar marchenko lysenko moroz savchenko rudenko petrenko klymenko pavlenko kravchuk vasylenko tkachuk melnyk zinchenko timoshenko dimitrov georgiev petkov todorov stoyanov nikolov iliev angelov hristov",
    ),
];

const ET: Bands = &[
    (
        0.004,
        "ivanov tamm saar sepp magi smirnov vasiliev petrov kask kukk kuznetsov rebane ilves",
    ),
    (
        0.0015,
        "mihhailov parn pavlov semjonov koppel andrejev aleksejev luik kaasik lepik oja raudsepp kuusk karu fjodorov vaher nikolajev popov lepp poder volkov vahter sokolov lind mets lebedev kozlov pold kivi hunt teder leppik jakovlev ots morozov saks vares mitt noor kallas rand kikas kruus liiv piir soosaar kala paju",
    ),
    (
        0.0006,
        "aavik aas adamson alas allik anton arro aru arula eensalu eller erm ernits haas hanson hein heinsoo hint hirv holm hallik illak ivask jaanson jansen jarve johanson joosep jogi jurgens juhkam jurisson jarv joe kaal kaljula kalda kaljuste kallaste kangur kanter kapp karro kasak kasemets kask kaur keskula ketner kiik kirs kivisild klaas koger kolk konsap koort koppel kork kotkas kotka kreek kruusmann kull kullamaa kungla kurg kurm kutt kuus kuusik kolli laanemets laas laht laine lauri laur laurits leht lehtmets leesment lember leis lind lokk loo loorits luts luhaaar lumiste mand mark martin martson matt meri merila metsaots mihkelson mikk moor muru must mustonen muursepp neeme nurk nurm nigul oras oper orav org oun paas padar paal palm palu palts parts pedak peets pihlak piho pikk poldmaa post priks prants puusepp purg poldma pae raag raid rannamae raja randma rannik raud raun reimann reinsalu rein rohtla roos rosin ruus rummel roots roosi ruut saarniit salu salumets saluste sarapuu savi seppel siim sild sillaste sirel soo sool soots suits suvi sarv sulg susi taal talts tali tammsaare talv tamme tammik tammeveski tarvas toom tiits tooming toots tuisk tuul tomson traat trei uibo uus uustalu vaga vain valge valk vaino vatsel veski viks viik vilu villems voog volmer vosu valja veskimets urb unt ulm",
    ),
];

const ES: Bands = &[
    (
        0.03,
        "garcia rodriguez gonzalez fernandez lopez martinez sanchez perez",
    ),
    (
        0.008,
        "gomez martin jimenez hernandez ruiz diaz moreno munoz alvarez romero gutierrez alonso navarro torres dominguez ramos vazquez ramirez gil serrano morales molina blanco suarez castro ortega delgado ortiz marin rubio nunez sanz medina",
    ),
    (
        0.002,
        "iglesias castillo garrido cortes santos lozano guerrero cano cruz prieto mendez flores herrera leon marquez pena cabrera gallego calvo vidal campos vega reyes fuentes carrasco caballero nieto aguilar santana diez pascual vargas lorenzo hidalgo montero herrero ibanez gimenez duran santiago ferrer arias benitez mora vicente carmona crespo soto pastor roman rojas velasco moya soler parra saez bravo gallardo rojas esteban pardo franco rivas lara espinosa merino silva arroyo izquierdo rivera casado camacho vera redondo luque rey segura galan montes otero sierra rios heredia marcos carrillo bernal blazquez guerra contreras mendoza macias robles varela pereira bueno villar exposito exposito miranda benito mateo nicolas andres santamaria vila roldan guillen menendez padilla bermudez rivero aguado palacios valero acosta manzano avila bermejo quintana beltran pacheco simon salas aranda escudero conde trujillo gracia casas abad cuesta plaza estevez gutierrez miguel corral salazar rueda jurado paredes santos zamora aparicio pineda salvador valencia mesa ballesteros blasco tomas ponce paz lazaro pons rosado serra manzanares marti miralles ochoa sancho barroso guerrero maldonado peraza gamez vallejo solis avila figueroa zapata cardenas escobar pinto mejia guzman cordoba aguirre duarte espinoza valdez correa molinero toledo villanueva zafon",
    ),
];

const OTHER: Bands = &[
    (
        0.01,
        "nguyen tran le pham wang li zhang liu chen yang kim lee park kumar singh sharma",
    ),
    (
        0.002,
        "huang zhao wu zhou xu sun ma zhu hu guo he lin luo zheng liang xie tang song jung choi kang cho yoon jang lim han shin hassan ali mohamed abdi ahmed hussein omar yusuf warsame farah osman isse nur jama ibrahim adan dahir aden yilmaz kaya demir celik sahin rossi russo ferrari esposito bianchi romano colombo ricci marino greco bruno gallo conti costa giordano martin bernard dubois thomas robert richard petit durand leroy moreau simon laurent lefebvre michel dupont bertrand roux nowak kowalski kowalska wisniewski wisniewska wojcik kowalczyk kaminski lewandowski zielinski szymanski wozniak dabrowski kozlowski jankowski mazur krawczyk hansen johansen olsen larsen andersen pedersen nilsen kristiansen jensen nielsen christensen rasmussen sorensen petersen madsen kristensen cohen levi mizrahi peretz biton dahan friedman katz papadopoulos pappas nikolaou oikonomou vasileiou angelopoulos sato suzuki takahashi tanaka watanabe ito yamamoto nakamura kobayashi silva santos oliveira souza pereira ferreira costa novak svoboda novotny dvorak cerny prochazka nagy kovacs toth szabo horvath popescu ionescu popa radu hoxha krasniqi gashi berisha jovanovic petrovic nikolic markovic de-jong jansen bakker visser smit meijer mulder bos vos peters hendriks dijk dam",
    ),
];
