//! Given names and the share of the population that bears them, in bands.
//!
//! Own lists (November 2026), written from general knowledge of the rankings that these publish, and
//! not counted from their files: Finland DVV (first names
//! of the living, 2024), Sweden SCB (2023), England and Wales ONS with the United States SSA (births
//! 1940 to 2015), Germany GfdS (yearly lists), Russia the registries of Moscow and St Petersburg
//! (2010 to 2020), Estonia Statistikaamet (2023), Spain INE (2023). Order and size are
//! approximate: most names should be within a factor of two or three of their band.

use super::Bands;

/// By language; all folded.
pub(in super::super) const GIVEN: &[Bands] = &[FI, SV, EN, DE, RU, ET, ES, OTHER];

const FI: Bands = &[
    (
        0.022,
        "maria juhani johannes helena anneli olavi kaarina antero johanna tapani",
    ),
    (
        0.012,
        "timo juha matti kari jari mikko antti anna liisa marjatta tapio kalevi mika hannele pekka jukka markku sakari marko",
    ),
    (
        0.008,
        "heikki petri jussi sari laura paivi tuula hannu ville sami tiina seppo anne pentti hanna jaakko katariina elisabeth elisabet kristiina risto raimo eeva susanna minna tuulikki pirjo leena ritva annika",
    ),
    (
        0.004,
        "jani juho janne tommi pasi arto harri esa martti vesa erkki ilkka ari lauri teemu joni marja pirkko tarja mari kirsi sanna riitta marjo satu sirpa eila outi heidi anni aino raija raili kaisa katja emilia sofia eero veikko reijo tuomas toni henri niko samuli kimmo jouni jorma eino aleksi jarmo tero veli pertti otto tomi tapio ilmari mikael olli oskari kristian onni eemeli kyllikki inkeri irmeli orvokki emma elina sinikka maarit mervi taina jaana merja marita arja irma aila helmi ella venla iida jenni jenna noora ulla kirsti niina nina maija virpi",
    ),
    (
        0.0015,
        "aatu aapo aarne aarno aaro ahti aki akseli allan anssi ano arvo arttu asko aslak atte aulis benjamin daniel eelis eetu eikka einari elias elmeri emil ensio erik esko hannes hermanni hugo iiro ilari ilpo ismo isto ivar jalmari jarkko jarno jere jesse joel jonas joona joonas jouko jouni jukka-pekka juuso jyri jyrki kaapo kai kalle kauko keijo kim konsta kyosti lasse leevi leo luka marcus markus miika miikka miro niilo nikolai oiva onni osmo paavo paul pauli perttu peetu pietari rami rasmus rauno reino riku roope roni rauli sampo samu samuel santeri santtu sauli sebastian simo sulo taisto taneli tarmo tatu tauno teijo teppo terho teuvo toivo topi tuomo tuukka tuure urho uolevi urpo valtteri vaino veijo veeti viljami viljo vilho voitto yrjo aada aili aira aliisa alina alma amanda anita anitta anja annikki annukka anu asta aune auli aura beata birgitta britta eerika eevi eija elli ellen elma elsa elsi elviira enni essi eveliina fanni hanne heini heli helka helvi henna hilda hilja hilkka hilla ilona ilta impi inari inka iris irina irja jasmin johanna jonna julia kaarin kaija kaisu karoliina kati katri katriina kerttu kiia kirsikka laila lahja lea lempi lotta lyyli maaria maikki maire maisa malla margit marianne marika marina marjaana marjut matilda meeri meri mia miia mila milla minea mira mirja mirjami mirka moona nea nelli oili olga oona paula pauliina peppi piia pilvi pinja pipsa raakel raita rauha rauni reetta riikka riina roosa ronja rosa saana saara saija saila saima salla salme sanni sara seija selma senja senni siiri silja sini siiri sirkka siru sisko sohvi soile soili sointu sonja suvi sylvi taimi tanja tea teija tellervo terhi terttu tilda titta toini tuija tuire tytti tyyne ulpu unelma vappu varpu veera vieno viivi vilja vilma",
    ),
];

const SV: Bands = &[
    (
        0.02,
        "erik lars karl anders johan per nils mikael jan olof hans maria anna margareta elisabeth eva birgitta kristina karin elisabet marie",
    ),
    (
        0.010,
        "peter gunnar lennart fredrik thomas sven daniel alexander bengt bo oskar goran ake christer andreas stefan magnus martin john mattias mats ulf henrik leif ulla christina ingrid lena helena sara susanne marianne emma inger linnea",
    ),
    (
        0.004,
        "bjorn jonas niklas robert marcus patrik linus viktor david joakim roger kent kjell tommy rolf rickard tobias roland jimmy emil simon johannes filip sebastian adam anton william gustav ola borje stig arne bertil ingemar rune folke sture annika monica ulrika katarina camilla jenny johanna sofia carina malin gunilla barbro linda siv hanna ida emelie jessica annette elin therese sofie caroline berit ann louise astrid frida matilda sandra mona julia gun britt ellinor agneta cecilia elsa ebba",
    ),
    (
        0.0015,
        "albin alfred algot alvin arvid axel benjamin casper claes conny dan dennis douglas edvin einar elias elis elliot erling ernst ferdinand frank frans fabian georg gosta gote hampus harald harry helge herbert hjalmar holger hugo ingvar isak ivar jacob jakob jesper joel jon jorgen josef kenneth kim klas kurt leo leonard liam loke love lucas ludvig malte manfred max melvin milton morgan nicklas noah oliver olle ossian oscar otto ove pontus rasmus ragnar robin sam samuel sigge sixten soren sven-erik theodor tage ted theo tom tor tord torbjorn torsten urban valter vidar viggo ville vincent wilhelm agnes aina alice alicia alma alva amanda anette angelica anita ann-marie anneli asa astrid beatrice bodil birgit carolina charlotta charlotte cornelia daniela doris edith ellen elvira emilia erika ester eleonora evelina felicia filippa freja gerd gerda greta gudrun gunborg gunhild gunnel hedda hedvig helen helene hilda ines inga ingeborg ingegerd irene iris isabella isabelle jasmine jennie josefin josefine kerstin klara lisa lisbeth lovisa lilly linn liv lotta maj maja marita marit marika mia mikaela milla mirjam molly moa nathalie nina nora olivia pernilla petra pia rebecka ronja rut ruth saga selma signe sigrid sigrun stella stina sonja svea sylvia tilda tilde tove tuva tyra ulla-britt vanja vera veronica victoria viktoria vendela viola wilma yvonne",
    ),
];

const EN: Bands = &[
    (
        0.012,
        "james john robert michael william david mary elizabeth",
    ),
    (
        0.008,
        "thomas richard joseph charles christopher daniel matthew paul mark jennifer linda patricia barbara susan jessica sarah margaret emma andrew",
    ),
    (
        0.004,
        "anthony steven kenneth joshua kevin brian george edward ronald timothy jason jeffrey ryan jacob gary nicholas eric jonathan stephen larry justin scott brandon benjamin samuel frank gregory raymond alexander patrick jack dennis jerry karen lisa nancy betty helen sandra donna carol ruth sharon michelle laura kimberly deborah dorothy amy angela ashley brenda emily olivia cynthia kathleen amanda stephanie melissa rebecca anna nicole samantha katherine christine debra rachel janet catherine maria heather diane julie victoria joyce kelly christina lauren joan evelyn judith megan andrea cheryl hannah jacqueline martha gloria ann charlotte sophie lucy chloe grace alice jane claire",
    ),
    (
        0.0015,
        "aaron adam alan albert alex alfie alfred allen archie arthur austin barry bernard billy bobby bradley brett bruce bryan callum calvin cameron carl chad charlie clifford clive colin connor craig curtis dale damian darren dean derek dominic donald douglas duncan dylan earl eddie edwin elliot elijah ernest ethan eugene evan finley francis fred frederick freddie gavin geoffrey gerald gerard gilbert glen gordon graham grant greg guy harley harold harrison harry harvey henry herbert howard hugh ian isaac ivan jake jamie jeremy jesse jim joe joel jordan jude julian keith kyle lance lawrence lee leo leon leonard leslie lewis liam logan louis lucas luke malcolm marcus mario martin marvin mason maurice max maxwell melvin miles mitchell mohammed nathan neil nigel noah norman oliver oscar owen peter philip phillip ralph randy ray reece reginald rhys rick riley robin rodney roger roland ross roy russell sam sean sebastian seth shane shaun sidney simon spencer stanley stuart terence terry theodore tim toby todd tom tony travis trevor tyler vernon victor vincent walter warren wayne wesley zachary abigail adele agnes aimee alexandra alexis alison amber amelia anita annabel anne annie april audrey ava barbara beatrice becky bella beth bethany beverly bonnie bridget brooke carla caroline carolyn cassandra charlene chelsea clara courtney crystal daisy danielle dawn deanna diana doris edith eileen elaine eleanor ella ellen ellie eliza elsie erica erin esther eva evie faith felicity fiona florence frances freya gabrielle gail gemma georgia georgina geraldine gillian gina gwen harriet hayley hazel heidi hilary holly imogen irene iris isabel isabella isla isobel ivy jade jasmine jean jeanette jenna jenny jill joanna joanne jodie josephine judy julia june kate katie katrina kathryn kay kayla keira kim kirsty kylie leah lesley lily lois lorraine louise lydia lynn mabel madison maisie marie marilyn marion marjorie maureen maya melanie mia mildred millie miranda moira molly monica naomi natalie natasha nina nora norma paige pamela paula pauline peggy penelope philippa phoebe phyllis poppy priscilla rhonda robin rosa rose rosemary rosie roxanne ruby sally sheila shirley sienna sonia sophia stacey summer suzanne sylvia tamara tanya tara teresa tiffany tina tracy valerie vanessa vera veronica violet vivian wanda wendy willow yvonne zara zoe",
    ),
];

const DE: Bands = &[
    (
        0.014,
        "peter michael thomas andreas wolfgang klaus hans maria ursula",
    ),
    (
        0.009,
        "christian stefan juergen jurgen juergen heinz karl werner frank martin bernd uwe ralf dieter horst manfred gunter sabine monika petra renate karin susanne andrea elisabeth anna helga brigitte",
    ),
    (
        0.004,
        "matthias alexander markus daniel jan tobias sebastian florian christoph philipp johannes joachim rainer josef gerhard helmut walter herbert rolf kurt torsten jorg jens sven dirk holger marco patrick tim lukas felix maximilian paul leon finn jonas ben julian david simon angelika gabriele claudia birgit barbara heike martina kerstin ingrid christa gisela erika nicole stefanie julia katrin katharina sandra anja silke melanie christine tanja nadine daniela christina marion sarah lisa laura lena hannah mia emma sophie marie lea leonie johanna",
    ),
    (
        0.0015,
        "achim adam adolf albert alfons alfred alois anton armin arnold artur august axel benedikt benjamin bernhard bjorn bruno carl carsten clemens constantin cornelius detlef dennis dietmar dietrich dominik eberhard eckhard edgar eduard egon elias emil erhard erich ernst erwin eugen fabian ferdinand franz friedrich fritz gabriel georg gerd gernot gottfried gregor guido gustav hans-peter harald hartmut heiko heiner heinrich hendrik henning henry hermann hubert hugo ingo jakob janis jannik jochen joel johann jonathan jost kai karl-heinz kevin konrad konstantin lars leo leopold lennard linus lorenz lothar louis luca ludwig luis malte manuel marcel marcus mario marius marvin mats max maximilian moritz nico niklas nils noah norbert olaf ole oliver oskar otto pascal philip reiner reinhard reinhold rene richard robert roland roman rudi rudolf rudiger samuel siegfried sigmund steffen stephan theo theodor thorsten till timo tom udo ulf ulrich ulli valentin viktor vincent volker volkmar wilfried wilhelm willi winfried wolf alexandra alina amelie anette angela anke anneliese annemarie annette anni annika antje antonia astrid babette beate bettina bianca birte britta carina carla carola caroline charlotte clara cornelia dagmar diana dora doris dorothea edeltraud edith elena elfriede elke ella ellen elsa elvira emilia emily erna esther eva evelyn finja franziska frieda gabi gerda gertrud greta gudrun hanna hannelore heidi heidrun hedwig helena helene henriette hertha hilde hildegard ida ilona ilse ina ines inge ingeborg irene iris irmgard isabel isabell jana janina jasmin jennifer jessica jette josephine judith jule jutta kathrin kirsten klara kristin lara larissa lieselotte lilli lina linda liselotte lotte luisa luise lydia magdalena maike maja manuela mareike margarete margit margot margret marianne marina marlene marlies marta mathilda mechthild meike michaela mila mira miriam mona nadja natalie nele nina nora olga olivia patricia paula pauline pia ramona rebecca regina regine rita romy rosa rosemarie roswitha ruth sabrina saskia selma sigrid silvia simone sofia sofie sonja stella svenja sybille sylvia tamara tatjana theresa thea tina ulrike ute valentina vanessa vera verena veronika viktoria waltraud wiebke wilma yvonne",
    ),
];

const RU: Bands = &[
    (
        0.03,
        "aleksandr sergey elena tatyana andrey dmitriy aleksey olga natalya",
    ),
    (
        0.015,
        "vladimir maksim ivan mikhail evgeniy nikolay anna irina svetlana ekaterina maria anastasiya yuliya galina nina lyudmila",
    ),
    (
        0.006,
        "igor yuriy viktor anatoliy oleg artem artyom pavel roman denis vasiliy kirill ilya nikita konstantin anton vadim vitaliy valeriy petr stanislav ruslan aleksandra darya kseniya viktoriya marina valentina polina alina oksana nadezhda larisa vera lyubov alisa sofya elizaveta margarita yana",
    ),
    (
        0.002,
        "aleksandr artur arseniy bogdan boris vyacheslav valentin vladislav vsevolod gennadiy georgiy gleb grigoriy daniil danila david demid egor eduard efim fedor filipp german grigoriy innokentiy iosif karim kuzma leonid lev luka makar mark marat matvey miron mstislav nazar platon prokhor rashid renat rinat robert rodion rostislav rustam savva saveliy semen stepan svyatoslav taras timofey timur tikhon trofim feliks eldar emil yakov yaroslav agata albina alevtina alla angelina antonina anfisa arina varvara vasilisa veronika vlada gulnara dina diana eva evgeniya zhanna zinaida zlata zoya inessa inga inna karina kira klavdiya kristina lada lidiya liliya maya marta milana miroslava nelli nika oksana raisa regina renata rimma rita roza rozaliya serafima snezhana stella taisiya tamara ulyana faina evelina elvira ella elmira emma emiliya yuliana yaroslava yadviga aglaya albert aleftina anzhela anzhelika anfisa apollon aram arkadiy arsen artyom asya azat aziz boris bronislav vasilina venera veniamin vera violetta vitalina vladlena vlas galiya gennadiy georgiy gerasim gordey david damir danil dzhamal demyan dilara dominika efrem elizar emelyan ermolay zakhar zoryana ibragim ildar ilnur ilyas ilona innokentiy iolanta ippolit kamil karolina kazimir kapitolina klim lana larion leyla lidia linar liya lyubava madina magomed malika marat mariam marianna marfa melaniya mikhey nelya nestor nonna pankrat pelageya potap prokhor radik raisa ramil ravil rafael roksana rufina ruslana rushan said salavat samira santa sergei stanislava stefaniya svyatogor semyon tamerlan tatyana tigran ulyana fazil faina fatima filat foma khariton tsezar shamil edvard eleonora elina ernest yulian yuliya yan yaromir",
    ),
];

const ET: Bands = &[
    (
        0.015,
        "tiina anne sirje rein ulle anu maie malle riina aleksandr sergei jelena olga tatjana irina natalja vladimir",
    ),
    (
        0.006,
        "toomas andres mati margus urmas rasmus martin jaan peeter tonu raivo priit juri ants tiit aivar andrus kalle marko mart marek meelis janek indrek heino arvo hillar katrin piret maria anneli kristiina ene eve ester viive maire marika helgi kadri kati liina mari merike kersti laine heli reet helle aino helve linda leida",
    ),
    (
        0.002,
        "aadu aare aarne ago ahti aivo ain alar aleksander allan alo anti ants anton argo ardo arne arno artur arvi avo eero einar elmar enn erik ermo ervin erki evald feliks gert gunnar hannes hanno harri hando heiki heiti hendrik henri henn hugo igor illimar ilmar imre ivar ivo jaak jaanus jaagup janno joel joosep johannes jorgen juhan kaarel kaido kaimar kalev kalmer karel karl kaspar kaur kert kevin kristjan kristo kristofer kuldar kuno lauri lembit leo lennart madis magnus maido marius markus marti mattias mihkel mikk neeme oliver olev oskar ott ove paavo paul peep rain raimo raimond rait ralf rando rauno raul rauno reimo reigo reio riho robert robin romet ruben sander siim silver simo sten sulev sven taavi taivo tanel tambet tarmo tarvi tarvo tauno tauri tavo teet terje tiidrek toivo tomas tonis urmo uku uno urve vaino vahur valdo valdur vallo veiko verner villem villu viktor virgo voldemar agnes aime airi anastassia andra anette angela anita annika anna annely aune astrid birgit carmen diana doris eda egle eha eleri elina elis elisabeth ell ella elle elli elna elo elsa elvi emma epp erika eva evelin ethel gerli grete hanna hedi heldi helen helena heidi helju helin hele hiie hilja ilme imbi ines inga ingrid inna ivi ilona johanna juta kaia kaidi kaie kairi kairit kaja karin karmen karolin kart katre katri kaire keiu kelli kertu kirke kristel kristi kristin kristina krista koidu kulli lagle laura lea leelo leili lemme lia liia liidia liis liisa liisi liivi liivika lilian linnea luule lii maarika maarja maaja mae maia maimu mall mallu mare maret margarita margit margot mariann marianne mariliis marion maris merle meeli meeri merilin merit mia milvi miina mirjam monika moonika nele nora oie olivia pille piia pilvi pirgit pirjo raili raissa ragne regina riin riinu riita rita ruth saima salme sandra sigrid siiri silja silvi signe silvia sirli sofia svetlana taimi tea teele terje tiia tiiu tiina triin triinu tuuli urve valve valentina vaike vaida veera veronika viivi viive virve virge vilja vilma",
    ),
];

const ES: Bands = &[
    (
        0.03,
        "antonio maria jose manuel francisco carmen david juan",
    ),
    (
        0.012,
        "javier daniel carlos miguel rafael pedro pablo angel sergio alejandro fernando jorge luis alberto ana laura isabel cristina marta dolores lucia pilar elena angeles raquel sara paula rosa teresa",
    ),
    (
        0.005,
        "alvaro adrian diego raul ivan enrique ramon vicente victor joaquin oscar andres ruben santiago eduardo roberto jaime mario ignacio alfonso salvador marcos hugo jordi ricardo emilio guillermo julian julio gabriel tomas gonzalo agustin marc nuria patricia mercedes beatriz silvia rosario irene alba andrea julia juana eva encarnacion montserrat josefa concepcion sofia rocio francisca monica susana alicia claudia margarita sonia carla natalia inmaculada veronica yolanda catalina amparo victoria noelia lorena",
    ),
    (
        0.002,
        "abel adolfo albert alex alexis alfredo amadeo anibal ariel armando arnau arturo aurelio baltasar bartolome benito bernardo blas bruno camilo cesar claudio cristian cristobal damian dario domingo edgar eladio elias eloy emiliano ernesto esteban eugenio eusebio fabian federico felipe felix fermin fidel gaspar gerardo german gerard gilberto gregorio gustavo hector hernan humberto inaki isaac isidro ismael israel jacinto jacobo javi jeronimo jesus joan joel jonathan josep juanjo kevin lazaro leandro leonardo leopoldo lorenzo lucas luciano manolo marcelo marcial mariano martin mateo matias mauricio maximiliano miguelangel mohamed moises nacho nicolas nicanor norberto octavio omar orlando pascual pau pepe quintin raimundo reinaldo rodolfo rodrigo rogelio roman samuel sancho saul sebastian segundo simon teodoro tito ulises unai valentin wilson xavier xavi yago adela adriana agueda ainhoa aitana alejandra almudena amalia amaya amelia ana-maria anabel angela angelica angelina antonia araceli ascension asuncion aurora ariadna barbara begona belen berta blanca camila candela carlota carolina cecilia celia clara consuelo coral cruz daniela diana elisa elvira emilia emma esperanza esther estrella eugenia eulalia fatima felisa fernanda gema georgina gloria gracia graciela guadalupe ines inma isabela jessica jimena josefina lara leonor leticia lidia lola lourdes luisa luz macarena magdalena maite manuela mar marcela mari mariana marina marisa marisol martina matilde melisa milagros mireia miriam nadia natividad nerea nieves noemi olga olivia paloma pepa purificacion ramona rebeca remedios rita rosalia roxana sandra sabrina soledad tamara tania trinidad valentina valeria vanesa vega vera virginia ximena yasmin zoe",
    ),
];

const OTHER: Bands = &[
    (
        0.006,
        "muhammad mohamed ahmed ali hassan abdi fatima amina hussein omar ibrahim yusuf nguyen jean marie anna katarzyna piotr giuseppe giovanni marco",
    ),
    (
        0.002,
        "abdullah abdirahman ayaan hodan halima khadija mahmoud mustafa osman khaled karim said tariq jamal layla nur rashid salim suleiman amal asma hamza bilal farah faisal hamid huda idris jama jibril kadir leyla liban maryam nasir rahma safia samira sahra warsame zahra zakaria linh lan hoa hung minh tuan anh thu hai long phuong thanh huong mai wei li min jing yan lei yang xin hui mei jun hao priya rahul amit anil sanjay vijay ravi sunita deepak pooja neha rohit rajesh anita pierre michel philippe alain bernard christophe francois jacques thierry nathalie isabelle sylvie francoise valerie veronique celine emilie camille lea manon chloe mathieu luc louis antoine olivier laurent stephane sebastien nicolas matteo lorenzo andrea alessandro francesco luca stefano davide simone giulia chiara sara martina francesca elisa silvia valentina paola roberta giorgio riccardo agnieszka krzysztof andrzej tomasz pawel marcin michal grzegorz jerzy tadeusz malgorzata ewa joanna barbara zofia magdalena monika jakub mateusz kacper wojciech ola ole ingrid astrid knut kare kari lars-erik soren jens mette lene anders morten henrik dorte jonas siobhan sean aoife conor ioana andrei mihai elena ion gheorghe zsofia peter laszlo istvan zoltan gabor agnes eva katalin emre mehmet ayse fatma mustafa elif burak can deniz",
    ),
];
