//! Names of Finland and Sweden: approximately the commonest first, with rarer ones behind them.

use super::Words;

/// Finnish.
pub(super) const FINNISH: Words = Words {
    men: "Juha Timo Kari Mikko Jari Antti Matti Jukka Mika Markku Pekka Hannu Heikki Seppo Janne Sami Ville Marko \
        Petri Jani Jussi Lauri Tuomas Teemu Erkki Tomi Harri Kimmo Pasi Jouni Risto Martti Juho Jarmo Niko Joni Vesa \
        Jorma Eero Petteri Esa Arto Aleksi Ari Raimo Tero Jaakko Henri Toni Pertti Kalle Juhani Reijo Olli Veikko \
        Eetu Samuli Veli Ossi Onni Elias Leo Eino Väinö Oliver Leevi Toivo Emil Noel Joel Daniel Aatos Hugo Eelis \
        Kasper Luka Okko Rasmus Nooa Pyry Aaro Arttu Jasper Tatu Roope Tapio Kai Ilkka Aki Mauri Kauko Taisto Urho \
        Tauno Viljo Armas Kullervo Ilpo Jyrki Taneli Topias Valtteri Verneri Vilho Voitto Yrjö Sakari Santeri Sulo \
        Reino Rauno Pentti Paavo Osmo Oskari Olavi Nestori Mauno Luukas Lasse Konsta Kaarlo Jalmari Ilmari Hermanni \
        Eemeli Benjamin Arvo Anssi Akseli Tarmo Tuukka Ukko Unto Uuno Vihtori Miska Miro Peetu Jimi Jesse Sauli",
    women: "Anne Päivi Anna Tiina Pirjo Minna Tuula Sari Riitta Hanna Laura Maria Ritva Marja Kirsi Eija Merja Leena \
        Satu Johanna Tarja Arja Mari Jaana Heidi Jenni Katja Pirkko Tuija Mervi Ulla Eila Susanna Sirpa Outi Elina \
        Niina Liisa Terhi Eeva Kaisa Nina Marjo Seija Heli Raija Sanna Katri Taina Anu Saara Emilia Jonna Sinikka \
        Essi Emma Aino Sofia Eevi Lilja Ellen Venla Helmi Pihla Aada Iida Olivia Isla Kerttu Hilla Alma Enni Vilma \
        Ilona Siiri Martta Saimi Impi Lempi Rauha Toini Tyyne Vieno Hilkka Irma Kaarina Kyllikki Lahja Maija Mirja \
        Noora Oona Paula Pinja Raili Ronja Ruusu Salla Sanni Selma Senja Sylvi Taru Tuulia Tytti Unelma Varpu Viivi \
        Vuokko Aila Aune Birgitta Elviira Fanni Greta Hertta Inka Irja Jemina Kreeta Lumi Maaria Milja Minttu Neea \
        Nella Orvokki Petra Reetta Rebekka Roosa Sirkka Sointu Suoma Taimi Tellervo Veera Kukka Sade Meri Moona Peppi",
    family: "Korhonen Virtanen Mäkinen Nieminen Mäkelä Hämäläinen Laine Heikkinen Koskinen Järvinen Lehtonen Lehtinen \
        Saarinen Salminen Heinonen Niemi Heikkilä Salonen Kinnunen Turunen Salo Laitinen Tuominen Rantanen Karjalainen \
        Jokinen Mattila Savolainen Lahtinen Ahonen Ojala Leppänen Hiltunen Kallio Räsänen Väisänen Pitkänen Laaksonen \
        Hirvonen Manninen Aaltonen Miettinen Koivisto Pesonen Toivonen Lehto Aalto Nurmi Moilanen Anttila Hakala Kettunen \
        Mustonen Partanen Karppinen Laakso Harju Kokkonen Peltonen Niskanen Koponen Kauppinen Oksanen Kärkkäinen Hyvönen \
        Lappalainen Halonen Huttunen Honkanen Rautiainen Immonen Eskelinen Tolvanen Vainio Uusitalo Vuorinen Peltola \
        Holopainen Pulkkinen Ruotsalainen Nykänen Nyman Rossi Kuusisto Suominen Lindroos Jääskeläinen Parviainen Kärki \
        Hokkanen Ikonen Tikkanen Kemppainen Kukkonen Lampinen Martikainen Sillanpää Rajala Rissanen Seppälä Seppänen Siltala \
        Soini Sirén Suhonen Tamminen Tanskanen Tarkiainen Tiainen Tikka Tuovinen Vanhanen Varis Vartiainen Vatanen Vesterinen \
        Viitala Voutilainen Ylönen Ylitalo Äijälä Öhman Asikainen Auvinen Backman Eronen Forsman Haapala Haavisto Hartikainen \
        Hautamäki Helminen Hietala Huovinen Hynninen Hytönen Ihalainen Inkinen Isotalo Juntunen Juvonen Kaipainen Kangas Kankaanpää \
        Kantola Keränen Kiiskinen Kilpeläinen Knuutila Kolehmainen Kontio Kosonen Kuosmanen Kurki Kyllönen Lipponen Loponen",
    heads: "kivi koski lehti mänty kuusi koivu leppä haapa pihla tammi saari niemi lahti ranta joki järvi vuori kallio harju mäki \
        suo pelto niitty halla pakka talvi syys kesä yli ala taka iso vähä uusi vanha hirvi karhu susi kettu haukka kotka kurki joutsen \
        lumi jää hiekka savi rauta kulta hopea aho korpi sala tuuli päivä ilta musta puna hongi honka pohja etelä",
    tails: "mäki niemi nen koski lahti ranta saari vaara salo salmi oja pää harju kangas perä aho korpi järvi talo lampi virta linna",
    nicks: "Juha:Jussi,Jupe Timo:Timppa Kari:Kartsa Mikko:Miksu,Mike Jari:Jarde Antti:Ana,Antsa,Andy Matti:Masa,Mape Jukka:Jukkis,Jugi \
        Mika:Miksa Markku:Make Pekka:Pena,Peku Hannu:Hande,Hantta Heikki:Hessu,Heke Seppo:Sepi Janne:Jantsa Sami:Samppa,Samba Ville:Viltsu,Ville-Veikko \
        Marko:Make,Markus Petri:Pete,Petu Jani:Jantteri Tuomas:Tume,Tumppi Teemu:Temppu Erkki:Eki Harri:Hartsa,Hate Kimmo:Kimi,Kimppa Pasi:Pasa Jouni:Jone \
        Risto:Rike,Ride Juho:Jusa Jarmo:Jamo,Jami Niko:Nigo Vesa:Vesku Jorma:Jore Eero:Eikka Petteri:Pete,Petsku Aleksi:Ale,Alex,Allu Tero:Terska Jaakko:Jaska,Jake \
        Henri:Henkka Toni:Tonde Pertti:Pera Kalle:Kallu Juhani:Jussi,Juffi Reijo:Reiska Olli:Oltsu Veikko:Veke Samuli:Samppa,Samu Tapio:Tapsa,Tape Sakari:Sakke,Saku \
        Santeri:Santtu,Sande Valtteri:Valtsu,Wallu Oskari:Osku,Okke Olavi:Olli,Ola Ilmari:Ilu,Ilppa Jyrki:Jykä Pentti:Pena Paavo:Paavali Eemeli:Eemu Konsta:Konsu \
        Anne:Ansku,Annukka Päivi:Päde,Pätsy Anna:Annu,Anski Tiina:Tinde,Tipe Minna:Minski,Mintsu Tuula:Tuulikki Sari:Sarppa,Saritsu Hanna:Hansku,Hannis Laura:Lalli,Late \
        Maria:Maikku,Maisa,Mallu Marja:Marjukka,Masa Kirsi:Kirsu,Kiki Eija:Eikku Leena:Lenni,Leksa Satu:Sade,Satsu Johanna:Jossu,Jonna Mari:Marski,Maru Jaana:Jaanis Heidi:Heide,Hede \
        Jenni:Jensku,Jenska Katja:Kati,Kade Susanna:Sanna,Sussu,Susa Elina:Ellu,Elle Niina:Niinu,Nintsu Liisa:Liisu,Lissu Eeva:Eevis Kaisa:Kaisu,Kajsa Sanna:Sansku \
        Katri:Katsku,Kata Saara:Sarppu,Saarukka Emilia:Emppu,Milla Sinikka:Sinkku Sofia:Soffi,Sohvi Venla:Venkku Iida:Iitu Noora:Noonu,Nuppu Petra:Petsku Roosa:Rosse Veera:Vekku,Veeti",
    made: "ppe su kku tsu ski nde lli ni",
};

/// Swedish, of Sweden and of Finland.
pub(super) const SWEDISH: Words = Words {
    men: "Lars Mikael Anders Johan Erik Per Karl Peter Jan Thomas Daniel Fredrik Andreas Hans Stefan Mats Marcus Mattias Magnus Jonas Niklas \
        Martin Björn Leif Henrik Joakim Christer Ulf Rikard Göran Håkan Robin Viktor Gustav Oskar Simon Emil Rasmus Axel Linus Anton Kjell Bengt \
        Sven Nils Olof Åke Kent Stig Roland Ingvar Hampus Albin Filip Ludvig Edvin Sixten Melker Vidar Loke Torbjörn Sören Tord Börje Roger Kenneth \
        Kurt Patrik Jesper Elias Hugo Adam Isak Alfred Sigge Folke Östen Ragnar Sebastian Alexander Christoffer Kristian Pontus Tobias Urban Yngve",
    women: "Anna Eva Karin Kristina Lena Kerstin Sara Ingrid Emma Malin Jenny Hanna Annika Linda Elin Susanne Monica Johanna Sofia Inger Julia Carina Ulla \
        Ida Gunilla Helena Birgitta Camilla Åsa Ulrika Annelie Marie Elisabeth Marianne Lisa Cecilia Agneta Anette Barbro Frida Maja Alva Ebba Astrid Saga Wilma \
        Selma Vera Stina Tuva Ellen Klara Moa Tilda Lovisa Amanda Felicia Josefin Matilda Rebecka Therese Veronica Viktoria Yvonne Siv Solveig Pernilla Petra \
        Maud Majken Linnéa Kajsa Gun Gerd Elsa Ella Desirée Britt Bodil Anneli Agnes Ylva Nathalie Nellie Jasmine Izabella Sigrid Tove Hedvig Liv Lykke",
    family: "Andersson Johansson Karlsson Nilsson Eriksson Larsson Olsson Persson Svensson Gustafsson Pettersson Jonsson Jansson Hansson Bengtsson Jönsson Lindberg Jakobsson \
        Magnusson Lindström Olofsson Lindqvist Lindgren Berg Axelsson Bergström Lundberg Lind Lundgren Lundqvist Mattsson Berglund Fredriksson Sandberg Henriksson Forsberg \
        Sjöberg Wallin Ali Engström Danielsson Håkansson Eklund Lundin Gunnarsson Holm Samuelsson Björk Fransson Wikström Isaksson Bergqvist Nyström Holmberg Arvidsson Löfgren \
        Söderberg Nyberg Blomqvist Claesson Mårtensson Nordström Lundström Pålsson Björklund Viklund Dahlberg Falk Hellström Åberg Öberg Ekström Sundberg Martinsson Hermansson \
        Strömberg Norberg Åkesson Hedlund Ström Abrahamsson Hjelm Ek Dahl Rosén Melin Grahn Frisk Modig Stolt Tapper Rask Wästberg Cederholm Silfver Ros Lilja Bäckman Kronqvist",
    heads: "berg lund lind ek björk ny sund sjö norr söder öst väst ström holm dal hög lång sten gran alm ask hassel äng ö å fors strand vik back mark \
        ståhl silfver gyllen rosen lilje blom apel bok ceder gran hagen kron land mal nord palm quist rud skog ten ull vall wik",
    tails: "berg ström gren qvist lund mark man stedt feldt dahl blad holm borg stam by hult rup fors lind",
    nicks: "Lars:Lasse Mikael:Micke,Mika Anders:Ante,Adde Johan:Jojje,Joppe Erik:Erra,Jerka Per:Pelle,Perra Karl:Kalle Jan:Janne Thomas:Tompa Daniel:Danne Fredrik:Fredde,Freddan \
        Andreas:Adde Hans:Hasse Stefan:Steffe,Stoffe Marcus:Macke Mattias:Matte Magnus:Mange Jonas:Jonte Niklas:Nicke Henrik:Henke Joakim:Jocke Christer:Chrille Rikard:Rille,Ricke \
        Viktor:Vicke Gustav:Gurra Oskar:Ogge Emil:Emma Axel:Acke Linus:Linkan Bengt:Bengan Sven:Svenne Nils:Nisse Alexander:Alle,Sasha Christoffer:Stoffe,Toffe Tobias:Tobbe \
        Sebastian:Sebbe Kristian:Krille Patrik:Patte Kenneth:Kenta Anna:Anki,Annis Eva:Evis Karin:Kajan Kristina:Kicki,Stina,Titti Kerstin:Kickan Sara:Sassa Ingrid:Inga Emma:Emsan \
        Malin:Mallan Jenny:Jen Hanna:Hannis Annika:Anki Susanne:Sussi,Sanna Johanna:Jojo,Hanna Sofia:Fia,Soffan Gunilla:Nilla Helena:Lena Birgitta:Gittan,Bibbi Camilla:Milla,Millan \
        Ulrika:Ullis Elisabeth:Bettan,Lisa Cecilia:Cissi Margareta:Maggan Rebecka:Beckan,Becka Therese:Tessan Viktoria:Vickan Matilda:Tilda,Tilly Josefin:Jossan Amanda:Mandis",
    made: "an is e sse ssi pan",
};
