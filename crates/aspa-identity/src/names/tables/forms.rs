//! Forms of given names: one line a name, its spellings, then after a colon its diminutives and the
//! forms that it takes in other languages.
//!
//! Own lists (November 2026), written from general knowledge of what is in common use; no reference
//! work was copied or gone through. What is ambiguous stands under each name that it may mean.

/// By language; all folded.
pub(in super::super) const FORMS: &[&str] = &[
    FINNISH, SWEDISH, ENGLISH, GERMAN, RUSSIAN, ESTONIAN, SPANISH, OTHER,
];

const FINNISH: &str = "\
matti mathias : masa matsku mati maza mattias matthias matias
pentti : pena pentsa penna penttu
juhani : jussi juha juhis juhku juntti jukka
juho : jussi juhis jupe
johannes : jussi juha hannes hannu hans johan juhana
jukka : juki jukkis juksu
juha : jussi juhis juhku
kai kaj kay : kaitsu kaitsi kaidzu
timo : timppa timi tipe timbe timpe timba
timothy timoteus : timo
jorma : jokke joke jorkki jormis jorde
joakim joachim : jokke jocke kim
jouko : jokke joke
jouni : joukku jone jonde
anna : ansku annu anski annukka ann ania anya aniuta
anne : ansku annu anski
anni : ansku annu
anniina : ansku annu niina
annika annikka : nika ansku annu
annikki : annu anni
tapani : tape tapsa tapa tane tapsu stefan teppo
tapio : tapsa tape tappi
sami : samppa sampo samu samuel samuli
samuel samuli : sami samppa samu sam samu sampo
risto : ripa riku rise ride risu kristian christer
raimo : ripa raikku rami raipe raimppa ransu raisu
reijo : repe rekku reiska reka reke
reino : reiska reka repe
heikki : hessu hese heka hexi henkka heikka hekku henrik
henrik henri henry : henkka henski hene heikki henka heinrich enrique hank harry hal
pertti : pera berde perttu pertsa bertil
perttu : pera pertsa
petri : petsku pete pepe petu petteri peter
petteri : pete petsku pepe petu petri peter
pekka : pekko peksi peka pekkis peter
pietari : pete peter petri
otto : ode ottis otso
markku : make mara mare maukka markus markkis
marko marco : make mara mare maukka
markus marcus : make mare mara marc mark maukka
martti : mara marsa mare martsa martin
jaakko jakob jacob jaakob : jaska jaakkoppi jake jaakkima kake jasu jakke kobe
jari : jape jarppa jartsa jarski jarkka jarde
jarmo : jamo jape jarppa jare jarkka
jarkko : jake jarkka jare jape
jarno : jare jape jarppa
kari : kake kape kaitsu karppa kartsa kara
ari : arska arde arppa
arto : arska artsi artsa ata
aarne arne : arska arkku
lauri : late lare lasse lalli laku lape lauris
lasse : late lasu
leevi : leksa leksi
vesa : ves vesku vese veska vesse
veikko : veke veka vekku veksi
erkki : eki ekku erkka eric erik
eino : eikka eka einari
einari : eikka einar
eero : eetu ekku erkka
eerikki eerik : erik eki eetu
eetu : edvard eemeli
edvard eduard edward : eetu ede ed eddie ted teddy ned edi edu lalo
ilkka : ile ilksu ilkku ike
ilmari : ilu ile ilpo immu immo
ismo : imppa ipe
jyrki : jyka jyri jyrde yrjo
yrjo : yka yrde jyri jyrki georg
kristian christian christer krister : kride krisu kride risto chrisse chris kristo
kristiina kristina christina cristina : krisu kride tiina kirsi kikka kikki kicki stina kirsti kris tina kristi chris
kirsi : kirsu kipa
minna : minttu mintsu minsku minni minde
sanna : sanski sansku sannu sande santtu
susanna susan susanne suzanne susana : sanna susku sanni sussu sanski susu sussie sussi sue susie suzy susi suse sanne
tiina : tiinu titta tinde tinski titi
mirja : mirkku mirsku mira miisu
mirjami miriam : mirkku mirja mimmi mimi
mira : mirkku mirsku
aleksi alexi : leksa ale allu ale alex aleksis aleksanteri
aleksanteri aleksander : leksa ale allu santeri santtu alex sandi aleksi aleksis santsi
santeri : santtu sande santsi santsu sandi ale
oskari oskar oscar : osku oke ossi
ossi : osku
ulla : ullis ulliina ulpu
maija : maikki maisa maiju majsku maiccu maikku maikki maj
maria marija mariya : maikki maija maiju mia maj maja masha marusya marusia manya musya mary marie maruja marita maite may ria mimmi
marja : maikki marjukka marju maisa
marjo : marju
marjatta : marjukka maikki jatta
marketta margareta margaretha margarita margaret : marke reetta maikki greta gretel marja margit marita kerttu
mari : maikku maisku
margit : maikki
joonas jonas joona : jode jone joni jonde jonttu jonsku
joni jonny johnny : jode jonde jone jonttu jonsku
jani : jape jantsa jasu janski
janne : jane janski jasu jantsa
jan : jani janne jasse
juuso josef joosef joseph jozef : juuse jusa sepi sepp joe joey josh pepe jose pepi joosep jupp beppe pino jozek josip
tuomas tomas thomas toomas tomaz tomasz tommaso : tume tuomo tomi tommi tom tuokku tommy thommy thom toomas tuukka tomek
tuomo : tume tomppa
tomi tommi tommy : tomppa tomba tom
teemu : teme tege temu
teppo : tepa tepi tepsa
teuvo : teukka tepa
terho : tere
terttu : terde
toivo : topi toikka
topi : topias tobias
tobias : topi tobbe tobi toby
katariina katarina katharina katherine catherine catharina katarzyna catalina katrina caterina katariine kathryn kathrine cathrine : kata katsku katri kaisa kati kaija katja katja kaarina katrin kajsa karin kate katie kathy cathy kat kit kitty katy kathi kasia trine katka kasienka kata
katri katrin : kata katsku kati kaisu
katja katya katia : kata katsku kati
kati katy : kata katsku
kaisa kajsa : kaisu kaitsu kaisku
kaarina : kaija kaisa kaisu kaaru riina
kaija : kaitsu kaiju
esko : eppu eki eka ese
esa : eki ese ekku
essi : esteri ester
esteri ester esther : essi esku essu
elisabet elisabeth elizabeth elisabeta elizaveta yelizaveta jelizaveta isabel isabella elzbieta liisabet : liisa elisa liisi elise liz lizzy lizzie liza lisa beth betty betsy eliza elsa elsi bettan lisbet lissu libby ella elli eliise liis else elsie ela bess betina lisbeth babette
liisa lisa : lissu liisu lispe lisu liissu lizzu
elisa elise eliise : lissu ellu elli
sakari zachary zacharias sakarias : saku sakke saki sakkari zach zack zak
pauli paavo paavali paul pavel pawel paulus pablo paolo : paukku pave pavo palle pasha pavlik paco pasi pol paulie paavi
pasi : pate pasu
patrik patrick patric patryk : pate patu pat paddy patte putte
petra petronella : petsku petu petruska
taneli daniel daniil danila tanel : tane tatu dani dan danny danne danya
tatu : tate
tatiana tatyana tatjana : tanya tanja tania tata tanyusha
tarja : tartsa tare
vilho ville vilhelm wilhelm vilhelmi william willem guillermo guillaume villem : vili vilppu ville wille willi willy bill billy will liam wim memo vilja villu helmut vilho helmi
ville : vilppu vili villu
veli-matti velimatti : vellu veke
valtteri walter valter : valtsu valde valto walt wally vallu
antti andreas anders andrew andrei andrey andrej andres andre antero andrzej andris andrus andriy andreus : ante antsa anssi andy anza atte andi drew andrzejek antza andersson dede andreasz andrjusha andryusha andre
antero : antsa ante anttu
anssi : ansku antsa
antti : antsa ante andy
anton antonio antoni antonius anthony antoine antony tonis : toni tony toxa tonya tosha anttoni tonio antek tonino
toni tony : tode tonde
henna : hentsu henkka henni
hanna hannah johanna : hansu hannu hannele hanski hanne hanni jonna
anneli : nelli anu
hannele : hansu hannu hanski hanna
hannu : hande hansu hanski hantta hans
hannes : hande hansu
johanna joanna : jonna jossu jojo hanna hanne jo asia joan hansu jokke
herman hermann hermanni : hemmo hemma
kimmo : kimi kimppa kimma kim
kim kimi : kimppa
niko nico niklas nikolai nikolay nikolaj nikolaus nicolas nicholas nikola niclas nicklas nikolas nicola nikos mikolaj : nipa nick nico nicke klaus niki nisse nils nik nicky kolya claus kolia kolja nikke nika
niko nico : nipa nikke nikki nixu
niilo : nipa nils
olavi olaf olof olov olaus olav : olli olle ola uolevi olkka
olli oliver : ode olkka oltsu olle ollie
outi : ode outsi
pirjo : pipsa pirre pirkko piri pirsku
pirkko : pirre pirsku
riikka : riksu riku rikke rike
richard rikhard rikard ricardo riccardo ryszard : riku rikki dick rick ricky rich richie rikke ricki
fredrik fredrick frederick friedrich frederik fredric frederic federico fryderyk fredrika : fredde fritz fred freddie freddy fritze rik retu rieti
riina : rinttu rinsku
ritva : ritu ritsu rita
riitta ritta : ritu riti ritsku
rita : ritu
seppo : sepi sepe sebu septi
sebastian sebastien sebastiaan : seba basti sepe bastian seb bastien
sirkka : sirkku sirsku siru
sirpa : sirppa siipi siru
sinikka : sini sinkku
soili : soikku
tauno : taunski taku
vaino : vaiska vaikka vaka
viljo : vili viltsu
harri : harza hara harkka harde harski harra
hilkka : hilla
irma : immu irkku
irmeli : immu irma meeri
inkeri : inka immu inkku ingrid
ida iida iita : iitu iidu
eeva eva : eevi evi eve evita eevis
eveliina evelina eveline : eve iivi evi eeva liina
emilia emily emilie : emmi emma milla mila em emmy emili emsku
emma : emmi emsku
ella : ellu elli
elina elena helena helene helen jelena yelena eleni ilona elin galena olena alena : lena ellu leena elli lenka lenochka alyona aliona alena lenka nelly nell hele helka heli helli lene leni ilena lenni ela lenuska
leena lena : lenni lenska
kaarlo karl carl kaarle charles carlos karol carlo karel karoly kalle : kalle kaapo charlie chuck carlitos kaleva calle kalla charly karlo
kaisu : kaitsu
konsta konstantin konstantinos konstantine constantin : konsta kosta kostya kostia kostas kostja dinos kostik
kustaa gustav gustaf gustavo : kusti kustu gusten gusti kyosti gosta gurra
kyosti : kysti kosti
lasse lassi : lasu
michael mikael mihail mikhail michal miguel michel mihkel mykhailo michele mihai : mikko miikka mike miki micke misha mick mickey mikke miska misa miika mikki mikey miikku michi miska mischa mica mitch
mikko : mikki mige migu miksu mixu
mika : mige miksu mixu
miikka miika : mige miksu mikki
nina niina : ninni ninnu ninski
noora nora : nooru nortsu
olga : olya olia olja olka olli olenka
oona : oonis
paivi : pate paikku pake
paula : pauliina palle
pauliina paulina pauline : paula pave liina polly
raija : raiju raikku
raili : raiju raikku
reetta : retu reetu
roope robert roberto ruprecht : rope roopertti rob bob bobby robbie robban robin bert rob robi
sari : sarski saritsa sartsu
satu : satsku satsu
seija : seikku
simo simon simeon siimon szymon semyon : simppa sima siim sim si simi simonchik
sinikka : sinsku
sofia sophia sofie sophie zofia sofiya : sohvi fia sonja sonya sonia fiia zosia sofi soffe soph sonechka
sonja sonya sonia : soni
tero : tersu terde tekke
teresa theresa therese teresia : tessa tere terry tess tessi resi
tytti : tyttis
tuula : tuutikki tuulikki tutta
tuija : tuikku
tuomas : tume tuokku tupu
urho : urkki urski
urpo : urski
uolevi : ulle
viivi vivian : vipsu
ville-pekka villepekka : vp
juha-pekka juhapekka : jp juhis
jukka-pekka jukkapekka : jp
ulla-maija ullamaija : ulla ullis
anna-maija annamaija : ansku
riku rikupekka : rike rixu
joel joeli : jode
jesse : jesu jepu
jere : jerppa jeremias
jenni jenny : jentsu jenska jensku
jenna : jentsu jensku
johan juhan juhana : jukka juku juss jussi jonne johannes john janne hannes
jonne : jonde
eemeli emil emilio : eemil emppu emu
eeli elias ilja ilya : eetu eli ilyusha elis eelis ilie ilias
essi : esku
iiro : iikka
iikka : ile
isto : ipe
kalervo : kalle kale
kalevi : kale kalle
kaapo gabriel kaaperi : gabi gabe kapu
kauko : kakke
keijo : keke keikka
kerttu gertrud : kerde trude gerti
lotta charlotta charlotte carlotta : lotte lottis charlie lo lola
meri : mersu
milla : millis
nea : neppe
oili : oilis
onni : onska onde
otso : ode
pinja : pipsa pinkku
rasmus erasmus : rasse raksu
roni ronald ronni : rone ron ronnie ronny rontti
saara sara sarah sarai : saru saarsku sassi sally sadie
salla : sallis
sauli saul : sale sauska
sulo : sulkku
tarmo : tare
taina : tainsku
tommi : tompsu
tuukka : tume tuke
unto : unski
vilma wilma : vilpsu vilsu wilhelmina minna
viljami : vili vilppu william";

const SWEDISH: &str = "\
lars laurentius lorenz lawrence laurence lorenzo : lasse lars larry laurie larre loren
per peter petter pehr pedro pierre piotr petr pyotr piet peeter petrus petros pekka pietro : pelle pete perra petya petia piotrek pedrito peta peet petja petie
bo : bosse bubben
nils : nisse nicke
jan : janne jasse
hans : hasse hansi hannes
bertil : berra bertan
kristina : kicki stina titti
ann-kristin annkristin ann-christin annchristin : anki
anna-karin annakarin : anki
ann-charlotte anncharlotte : lotta anki
elisabeth : bettan lisbeth lisen
stefan stephan steffen stephen steven steve stepan etienne esteban stephane stefano szczepan stefanos istvan stevan : steffe steffi steve stevie tapani teppo esteve styopa steffo
ulf : uffe ulle
ulrik ulrich ulrika ulrike : ulli uli ulla rikard ulrika
olof : olle ola loffe
alfred : affe alf fred fredde
ludvig ludwig luis louis ludovico lodewijk luigi : ludde lutz lou louie lucho lasse gigi ludo loki
robert : robban
mats : matte masse
mattias matthias matias matthew mathias matteo mateo mateus matthieu mateusz matthaus madis : matte matze matt matty hiasl mattes mate mat matze maciej
maciej : maciek mathias
sven : svenne svempa
goran georg george jorge jerzy georgios giorgos giorgio georges jurgen jorgen yuriy georgi georgy georgiy juri yury yuri yrjo jordi iurii jerry juri jurij giorgi : jurek gosha goga zhora yura jura egor yegor jorg jurgen schorsch yorgos goran zhorik
egor yegor jegor : egorka zhora
bjorn : bjorne nalle bjossan
bengt benedikt benedict benito : benke ben bengan
magnus mans : manne maggan mange
magdalena magdalene madeleine madeline : magda lena magga malena madde maddie madge leena
anders : ante adde
birgitta brigitte birgit bridget brigitta brita britta pirkko : gittan biggan britt gitte biggi piret pirjo bridie birgitte
barbro barbara varvara : babs babsan varya barb barbie basia bara barbel
ingrid : inga inkku
karin : kajsa kaja
karolina caroline carolina carola : caro carro line lina linn kaja karo
kerstin kirsten kirsti : kia stina kirsi kersti
margareta margaretha : greta maggan mait gretis
monica monika : monkan moni mona nica
gunnar gunther gunter gunther guenther : gunni gurra gunne
gunilla : nilla gullan
viktoria victoria viktorija : vickan vicky vicki tori vika viki toria vikulya
viktor victor wiktor : vicke vitya vic vik vitja vito vitek
leif : leffe
lennart leonhard leonard leonardo : lelle lenny leo len nalle leonid
kenneth : kenta ken kenny
kjell : kjelle
roger rogelio : rogge rodge
rolf : roffe rollo
ralf : roffe
tommy : tompa
torbjorn : tobbe tobbo
tord tore : totte
jonas : jonte
jimmy : jimpa
jesper kasper jasper caspar casper gaspar : kappe
hakan : hacke
helge : hegge
henrik : henke henka
inge ingemar ingmar : ingo
pontus : ponta
linus : linkan lillen
cecilia cecilie cecile : cissi cilla celia cissan ceci silja
agneta agnes ines agnieszka agnete : nettan neta aga nessie aggi neta
annette anette : nettan
charlotta : lotta lollo
josefin josefina josefine josephine : jossan josse fina pepa fini jo josie
rebecka rebecca rebekka : beckan becca becky bex rebe
pernilla petronella : nilla pella
petronella : petra pella nilla
matilda mathilda matilde : tilda tilly tilde mati
gabriella gabrielle gabriela : gabbi gabi gabby ella gaby
amanda : mandy manda
alexandra aleksandra alessandra oleksandra alejandra : alex sandra sasha sanna sandy ola olya lexi shura aleks sascha ale xandra santtu sanya alya
ellinor eleonora eleanor elinor eleonore leonora : elli nora ellie nell nelly lena ella
veronica veronika veronique : vera nika ronnie vero roni";

const ENGLISH: &str = "\
william : bill billy will willie liam
robert : bob bobby rob robbie bert
richard : dick rick ricky rich richie dickie
james jaime jakub iago diego jacques giacomo santiago jaakoppi : jim jimmy jamie jem jay santi tiago kuba
john jon johannes johan giovanni jean juan ivan jan ioannis yannis giannis hans ion joao ian sean jaan janos jhon yoan juhani jani : jack johnny jonny hans hannes jens gianni vanya juanito janne jussi jukka hannu jaanus juanjo yanni evan vania ivanko
jonathan johnathan jonatan : jon jonny nathan johnny
margaret margarete margarethe marguerite margarita malgorzata margareta margrethe margit marjorie : peggy meg maggie meggie marge margie madge daisy rita greta gretel grete gosia gretchen peg mag margot mette marga
mary : molly polly mae minnie may mamie
ann anne : nancy annie nan nanna
thomas : tom tommy
david dawid : dave davey dov davy dodi
christopher kristoffer christoph christophe cristobal kristofer christoffer krzysztof ristoffer : chris kit kris topher stoffe krille chrisse krzysiek stoffel
christine kristine christina cristina krystyna kirsten kristiina : chris tina chrissie tine christa krissi kris stina tini christel krysia
stephen : steve stevie
stephanie stefanie : steph steffi steffie stef stefa
anthony : tony ant
matthew : matt matty
nicholas : nick nicky
benjamin : ben benny benji benny benke benjo
samantha : sam sammy
samuel : sam sammy
rebecca : becky becca bex
jennifer : jen jenny jenni jenna
deborah debra : debbie deb debs
pamela : pam pammy
edward : ted ned ed eddie teddy
edmund : ed ted ned
edwin : ed eddie
theodore theodor fedor fyodor feodor teodor theo : ted teddy theo fedya fedka fedja dora toto
henry : harry hank hal
harold : harry hal
charles : charlie chuck chas chaz
lawrence : larry laurie
gregory grigory grigori grigoriy gregor gregorio grigorij grzegorz : greg grisha grishka goyo gregers reko gorka
jeffrey geoffrey jeffery : jeff geoff
joseph : joe joey
joshua : josh
alexander alexandros aleksandr alexandr oleksandr alejandro alessandro alexandre aleksander aleksandar olexander : alex sandy al alec sasha shura sanya alexis ale alik alexa lex sander sandro xander aleks sascha jandro olek zander sanja sashka shurik santeri
alexis alexius : alex
alexey aleksey aleksei alexei aleksej alexej oleksiy aleksi : alex lyosha lesha alyosha ljosha alesha lyokha leha lesha lekha
abigail : abby gail abbie
cynthia : cindy
timothy : tim timmy
gerald : jerry gerry
jeremy jeremiah jeremias : jerry jem
jerome : jerry
kenneth : ken kenny
ronald : ron ronnie
donald : don donnie
daniel : dan danny
douglas : doug
raymond raimund ramon raimundo : ray moncho raimo
philip philipp phillip felipe filip filippo philippe filipp : phil pip pippo feli filip flip fil
peter : pete
patricia : pat patty trish tricia patsy paty patti
patrick : pat paddy
francis francisco franciscus franz frans francesco francois frank franciszek fransisco : fran frank frankie paco pancho kiko curro franny fransu frasse cisco franjo
frances francisca francesca franziska francoise franciszka : fran fanny frankie paca franzi paquita sissi
albert alberto adalbert albrecht : al bert bertie beto ali albi alpo
herbert heriberto : herb bert herbie
hubert : bert hubi
alan allan allen alain : al
andrew : andy drew
angela angelina angelica angelika angeliki : angie ange geli lina gela
arthur artur arturo arto : art artie artti tuto
barry : baz
beatrice beatrix beatriz : bea trixie bee bice betty betti
bradley : brad
bernard bernhard bernardo bernt : bernie bernd pera ben
bartholomew bartolome bartosz : bart bartek
calvin : cal
cameron : cam
carol carole : caz
clifford : cliff
constance constanze konstanze : connie
dorothy dorothea dorota dorotea dorothee : dot dottie dolly dora dorte dorka thea dodo
eleanor : ellie nell nora
emmanuel manuel emanuel imanol immanuel : manny manu manolo manolito lolo manni noel
eugene eugen evgeny yevgeny evgeni evgenij evgeniy yevgeni jevgeni yevgeniy eugenio eugeniusz : gene zhenya jenya genya zenja zhenia jenia zhenka
evgenia yevgenia evgeniya eugenia jevgenia yevgeniya eugenie : zhenya jenya genia zhenia
florence florentina : flo florrie
florian : flo flori
gilbert : gil bert
harriet : hattie
isabel isabella isabelle isabela : isa izzy bella belle bel ella isi chabela
jacqueline : jackie jacqui
janet : jan jenny
jane : janey jenny
jean : jeanie
jessica : jess jessie jesska
judith judit : judy jude
julia yulia juliya yuliya julie julija iuliia : yulya jules julya juli julka uliana
juliana uliana ulyana : ulya
kimberly kimberley : kim
leslie lesley : les
linda : lindy
louise luise luisa louisa : lou lulu
lucy lucia lucie luzia lucja : lu lucia
malcolm : mal
martin marten martti martino marcin mart mortimer : marty mart tino
maxwell : max
maximilian maxim maksim maximiliano maksym massimo : max maxi makc maxik
megan : meg
melissa : mel lissa missy
melanie : mel mellie
michelle michele : shelly mich
mitchell : mitch
nathaniel nathan nathanael : nate nat nathan
olivia oliwia : liv livvy olli
oswald : oz ossi
pauline : polly
penelope : penny
philippa : pippa pip
rachel raquel rachael raakel : rach ray raquel
randolph randall : randy
roderick rodrigo : rod rodri rory
rosemary rosmarie : rose rosie romy
russell : russ
sandra : sandy
sidney sydney : sid
stanley : stan
stuart stewart : stu
susan : sue susie suzy
terence terrance : terry
theresa : terry tess tracy
valerie valeria valeriya : val lera valya
vincent vicente vincenzo : vince vinny vinnie chente enzo cente
virginia : ginny ginger
walter : walt wally
wendy gwendolyn : wen gwen
winston : win
zachary : zach zack";

const GERMAN: &str = "\
johannes : hans hannes jo jojo johann johan hansi
johann : hans hansi hannes
josef : sepp pepi beppo jupp sepi
ulrich : uli ulli utz
nikolaus : klaus niko claus klausi
heinrich : heinz heiner heini hein heiko henrik
heinz : heinzi
friedrich : fritz frieder fiete friedel
wolfgang : wolfi wolf gangerl
stefanie : steffi
susanne : susi sanne suse
sebastian : basti bastian wastl
matthias : matze hias mattes
anton : toni tonerl
maximilian : max maxl
gabriele : gabi gaby
manfred : manni manne fred
rudolf rudolph rodolfo rudolfo : rudi ruedi rolf rodo fito
wilhelm : willi willy helmi wim
andreas : andi andy anderl dres
christine : tine christl tina
monika : moni mona
sabine sabina : bine biene sabi
eckhard eckhart ekkehard eckehard : ecki ekki
gunther : gunni guni guenni
katharina : kathi kati tina kaethe kathe kaya kate rina
cornelia kornelia : nele conny corry nelly neli
cornelius kornelius : kees conny
thomas : thommy tommy
alois aloysius : lois loisl
barbara : babsi barbel barbel
bernhard : bernd berni hardy
bernd berndt : berni
brigitte : gitti biggi gitta
dietrich diedrich dirk : dieter dietz dirk
dieter : didi
eberhard : ebi hardy
erich erik eric eerik erick eerikki erico : eki rick rikki ricky erkki erki
ernst ernesto ernest ernesti : erni neto
ferdinand fernando ferran fernand : ferdi nando fer nano nante
franz : franzl
franziska : franzi ziska
georg : schorsch jorg
gerhard gerard gerhart gerardo : gerd gert hardy geert jerry
gertrud gertrude : trude gerti traudl
gisela : gisi gila
gottfried godfrey : friedl
gregor : grischa
hannelore : hanne lore
hartmut : harti
heidemarie adelheid adelaide : heidi heide adele
helmut : helli
hermann : manni
hildegard : hilde hilda
horst : hotte
ilse : ilschen
ingeborg : inge inga
irmgard : irmi irma
joachim : achim jochen jo joschi
jochen : jo
jorg : joschi
jurgen : jogi
karl : kalle karli charly carlo
karl-heinz karlheinz : kalle kalli heinz
konrad conrad : conny konni kurt koni
kurt curt : kurti
leonhard : leo hartl
lieselotte liselotte : lilo lotte liesl
magdalena : leni lena magda
marianne mariana marianna : janne anne nanni manni mann mari jana
markus : max
martina : tina martl
michael : michi micha michel
nadine : nadja
norbert norberto : nobbi bert beto
otmar : otti
peter : peterle
regina regine : gina regi
reinhard reinhold : reini hardy
renate renata : reni nati
roswitha : rosi
rosa rosalie rosario rosina : rosi rosita rose charo
sigrid : siri sigi
siegfried sigfrid : sigi siggi
sigmund siegmund : sigi
theresia : resi
tobias : tobi
ursula : uschi ursel ulla ulli
veronika : vroni
volker : vola
waltraud : traudl wally
werner : wern
xaver javier xavier : xaverl javi xavi";

const RUSSIAN: &str = "\
aleksandr alexander : sasha sanya shura sashka shurik sanek sania alik
aleksandra alexandra : sasha shura sanya sashka sania
anastasia anastasiya anastasija : nastya nastia stasya nastja asya nastyusha stasia
anatoly anatoli anatolij anatoliy : tolya tolik tolia tolja
andrey : andryusha dron
anna : anya anyuta nyura nyusha ania anja anechka
anton : tosha antosha toha
antonina : tonya
arkady arkadi arkadiy : arkasha
boris : borya boria borja
daniil : danya danila
daria darya darja dariya : dasha dashka dasa dashenka
denis dennis : deniska den
dmitry dmitri dmitriy dmitrij dmytro dimitri dimitris dimitrios dimitar : dima mitya dimon mitia dimka mitja dimitris
ekaterina yekaterina jekaterina kateryna katerina : katya katia katja katyusha kate katerina katusha
elena : lena lenochka alyona lyonya
elizaveta : liza lizochka
evgeny : zhenya
fedor : fedya
galina halyna : galya galia galja galka
gennady gennadi gennadiy : gena gesha genka
georgy : gosha zhora goga goshka gera
grigory : grisha
igor ihor : igoryok gosha garik
ilya : ilyusha
inna : innochka
innokenty : kesha
irina iryna irene irena : ira irka irisha irinka irochka
ivan : vanya vania vanja vanyusha vanka
kirill kyrylo kiril : kirya kirka
klavdia : klava
konstantin : kostya kostik
ksenia xenia kseniya oksana kseniia : ksyusha ksusha xenya ksyu oksana
larisa larissa : lara larochka
leonid : lyonya lenya lyonchik leon lonya
lev : lyova leva
lidia lidiya lydia : lida lidochka
lyubov liubov lubov : lyuba luba lyubasha
lyudmila ludmila liudmila ljudmila : lyuda mila luda lyusya lucya
margarita : rita margo ritka
maria : masha manya marusya mashka mashenka masa
marina maryna : marisha marinka
mikhail : misha mishka mishanya mihail
nadezhda nadeshda nadezda : nadya nadia nadja nadyusha
natalia natalya natalja nataliya natalie nathalie nataliia : natasha nata natalka natasa tasha natali
nikita : nikitos nik
nikolay : kolya kolyan
nina : ninochka
oleg oleh : olezhka
olga : olya
oksana : ksyusha ksana
pavel : pasha pavlik pashka pavlusha
polina : polya polinka
petr : petya
raisa : raya
roman : roma romka romchik
rostislav : rostik slava
ruslan : rus
semyon semen : syoma senya syomka
sergey sergei sergej serhiy sergiy sergio serge sergii : seryozha serezha serzh seryoga serega serjozha sergo serioja
sofia : sonya sofa
stanislav stanislaw : stas slava stasik staszek
stepan : styopa styopka
svetlana : sveta lana svetka svetik
tamara : toma tomochka
tatiana : tanya tanyusha tanechka
timofey timofei : tima tim
vadim vadym : vadik
valentin valentino : valya valik
valentina : valya
valery valeri valeriy : valera
vasily vasili vasiliy vasyl vassili vasilis : vasya vaska vasia vasja bill
vera : verochka
veronika : nika vera
viktor : vitya
viktoria : vika
vitaly vitali vitaliy : vitalik vitya talik
vladimir volodymyr wladimir : vova volodya vovka vlad vovan volodia dima wolodja volodja
vladislav : vlad vladik slava
vsevolod : seva
vyacheslav viacheslav vjatseslav vjacheslav : slava slavik
yana jana : yanka yanochka
yakov jakov : yasha
yaroslav jaroslav : slava yarik
yuri yury : yura yurik jura iura yurka
yulia : yulya yulka yulechka
zinaida : zina
zoya zoe zoja : zoyka";

const ESTONIAN: &str = "\
juhan : juku juss
jaan : jass
jaanus : jass
johannes : juhan juku hannes
katrin : kati kadri kats trinu triinu
katariina : kadri kati katrin kaie
kadri : kats
marianne : mann mari
maria : maris maie maret
peeter : peedu pets
juri jyri : jurka jurgen
mart martin : martti marx
elisabeth : liisi liis liisu eliisabet els
karl : kalle kaarel
kaarel : kalle
hans : ants
ants : hants
hendrik : indrek enn henn hinrek
toomas : toom tom tommi
villem : villu vill
vilhelm : villu
mattias : madis mats matti
mihkel : mihk mikk miku
nikolai : nigul niku
andres : ants andrus andu
aleksander : sass aleks sander
alexandra : sandra
tonu tonis tonni : ton tons
tiit : tits
priit : prits friedrich
siim simon : simmu
tanel : tann
kristjan kristian : krister riho kris
kristiina : tiina kristi kris
margus markus : mark
margit : maki
meelis : mells
piret birgit : pille
riina katariina : rinna
raimond : raim
silvia sylvia silvija : silvi silja
helena : leena hele
eduard : eedu edu
jakob : jaagup jaak jako
paul : paavo
peep : peebu
urmas : ur
anna : annu
annika : anku";

const SPANISH: &str = "\
jose : pepe pepito chepe joselito
francisco : paco pancho fran curro kiko quico paquito
dolores : lola loli lolita
ignacio inaki : nacho inaki
enrique : quique kike
jose-maria josemaria : chema
manuel : manolo manu lolo
pilar : pili
antonio : tono toni antonito tonin
guadalupe : lupe lupita
concepcion : concha conchita conchi
alberto : beto
roberto : beto tito
javier : javi
rafael raphael rafal raffaele : rafa rafi rafe rafita fafa raf
santiago : santi chago yago
consuelo : chelo
maria-teresa mariateresa : maite mayte
fernando : nando fer
rosario : charo chayo
alejandro : alex ale jandro
alejandra : ale alex sandra jana
eduardo : lalo edu
teresa : tere teresita maite
mercedes : merche meche merce
isabel : isa isabelita
gabriel : gabi gabo
nicolas : nico
carlos : carlitos charly
juan : juanito juanjo
pedro : perico pedrito
luis : lucho luisito
miguel : migue miguelito miki
jesus : chuy suso chus susi
vicente : chente vicen
guillermo : memo guille
gregorio : goyo
leonardo : leo
lourdes : lulu
encarnacion : encarna encarni
esperanza : espe
inmaculada : inma macu
montserrat : montse
milagros : mila mili
remedios : reme
rocio : chio
soledad : sole
susana : susi
victoria : vicky viqui
josefa : pepa pepi fina
josefina : pepa fina
maria : maruja marichu
ana : anita ani
andrea : andreita
angel : angelito geli
angeles : geli angelines
agustin augustin augustine : agus tin gus
andres : andresito
armando : mando
bartolome : barto
beatriz : bea
benito : beni
catalina : cata
cristina : cris
cristobal : toba
daniel : dani
diego : dieguito
domingo : mingo
elena : nena
ernesto : neto
esteban : teban
federico : fede
felipe : feli pipe
gonzalo : gonzo
gerardo : gera
gustavo : gus tavo
hector : tito
humberto : beto berto
jaime : jimmy
joaquin : quino joaco quim
jorge : coque
julian : juli
lorenzo : lencho
marcos : marquitos
natalia : nati
patricia : patri paty
raul : rulo
ramon : moncho
ricardo : richi riqui
rodrigo : rodri
salvador : salva chava
sebastian : seba sebas
sergio : checo sergi
silvia : sil
tomas : tomasito
veronica : vero
yolanda : yoli";

const OTHER: &str = "\
giuseppe joseph : beppe pino peppe peppino
giovanni : gianni vanni nino
luigi : gigi gino
salvatore : toto turi
domenico dominik dominic dominique : mimmo nico dom
lorenzo : enzo renzo
vincenzo : enzo
malgorzata : gosia malgosia
katarzyna : kasia kaska
tomasz : tomek
joanna : asia joasia
jerzy : jurek
zofia : zosia
aleksander : olek alek
aleksandra : ola
wojciech : wojtek
piotr : piotrek
magdalena : magda
krzysztof : krzysiek krzys
agnieszka : aga
barbara : basia
stanislaw : staszek stas
jakub : kuba
michal : misiek
mateusz : mati
grzegorz : grzesiek
pawel : pawelek
ewa : ewka
emmanuel : manu
frederic : fred fredo
thierry : titi titou
jean : jeannot
nicolette nicole : nicki nico
philippe : fifi
muhammad mohammed mohamed muhammed mohamad mohammad mohamud mohamoud muhamed mahamed maxamed mehmet mamadou muhamad muxamad : mo moh hamada hamoudi medo mido moha maxamuud
mahmoud mahmud mahmood mehmud maxamuud mohamud : mido hamoudi
ahmed ahmad ahmet achmed axmed ahmedi : hamada ahmo
hussein hussain hussien husein huseyin xuseen hosein husayn hussen : xuseen
hassan hasan hasssan xasan hassen
ali cali aly
omar umar omer cumar umer omari
yusuf youssef yousef yousuf joseph yusef youssouf yusuph yosef
ibrahim abraham avraham ebrahim ibraahim brahim avram : abe avi brahim
ismail ismael ishmael ismaeel ismaacil ismaiil
fatima fatimah fatma fadumo faduma fatuma fatemeh fathima faadumo
khadija khadijah hadija khadijo khadiijo hatice kadija
aisha ayesha aysha aicha caasha aysa asha aishah
zainab zaynab zeinab zeynep saynab zenab
mariam maryam meryem maryan miriam maryama mariama mirjam
abdullah abdallah abdulla abdullahi cabdullahi abdalla abdulahi
abdirahman abdurahman abdulrahman abderrahman cabdiraxmaan abdurrahman abdirahmaan : abdi
abdi cabdi abdy
abdulkadir abdiqadir abdelkader cabdulqaadir abdulqadir : abdi
khaled khalid khalit
karim kareem kerim
said saeed sayid saed siciid
tariq tarek tareq tarik
mustafa mostafa moustafa mustapha mustafe
osman usman othman cusmaan uthman cismaan
hamid hameed hamit
jamal gamal jamaal cemal djamal
layla leila leyla laila layla
nur noor nour nuur
rashid rasheed rachid
salim saleem selim
suleiman sulaiman suleyman soliman saleebaan solomon
yasin yassin yaseen yasiin
amina aminah aamina emine
hodan hodhan
halima haliimo halimo halimah
said saeed
moshe moses moises musa moussa mousa muse muuse : moti
david daud dawud davud dawood daoud daavid taavet taavi taavetti : dave davy dudi davi
sara sarah saara
jakob yaakov yakub yaqub iacob
hannah hanna chana channa
isaac isak yitzhak iisakki itzik ishaq isaak : ike iki iikka
giorgos : yorgos giorgis georgios
konstantinos : kostas dinos kostis
ioannis giannis yannis : yiannis
dimitrios : dimitris mitsos
nikolaos : nikos
panagiotis : takis panos
vasilios : vasilis bill
michalis mihalis michail : mike
eleni : lenia
katerina aikaterini : katia
nguyen nguyen
thi
karin kaarin carin caarin
jarl jaarl
eric erik erick eerik
jaana jaanaa
anita anitta : ani
britta brita : britt
kaj kai
mona monna : moni
laura lauraa : laurie lauri laaru
maarit marit : maaru
pia piia
mia miia
riia ria
tea teea
veera vera : veru
roosa rosa : roosu
ellen elen
niklas niclas : nicke
hanne hannele
aki aku : akseli axel aksel
akseli axel aksel : aku aki
august aukusti augusti aukust : aku kusti gusti
juuli juulia julia : juuli juulis
eemil emil
oiva oivi
eevi evi
sanni sannamari : sande
vivian vivianne
mathilde matilda
lea leea : leeu
lilja lilia lilya liliya : lili lilly
lily lilly lili lillian lilian
elli elly
nelli nelly : nelle
henrietta henriikka henriette henrika : henkka hetti henni etta riikka
sirkku sirkka
ilona ilonka : ilo ili
irja irya
arja arya
sisko siskoo
kaija kaya
tanja tanya tania
ritta riitta
raakel rachel
juudit judith
joonatan jonathan : joni joonas
benjamin benjami : penjami benkku
aatu adolf : ati
aaro aaron aron : aartsi
aapo abraham aappo : abel
aleksandra : sandra santra
kasperi kasper casper : kappe kape
rauno rauni : rane
rami raimo";
