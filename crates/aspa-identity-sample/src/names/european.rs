//! Names of German, Estonian, Spanish and English.

use super::Words;

/// German.
pub(super) const GERMAN: Words = Words {
    men: "Thomas Michael Andreas Peter Stefan Christian Hans Klaus Wolfgang Jürgen Martin Frank Bernd Matthias Uwe Jan Alexander Sebastian Daniel Florian Tobias \
        Markus Dieter Werner Horst Günter Gerhard Helmut Manfred Rolf Heinz Karl Torsten Sven Jens Dirk Ralf Jörg Marco Philipp Felix Lukas Maximilian Jonas Paul Leon \
        Finn Elias Ben Noah Moritz Anton Emil Oskar Jakob Konstantin Valentin Benedikt Johannes David Simon Fabian Dominik Patrick Marcel Kevin René Kai Olaf Holger \
        Volker Detlef Siegfried Eberhard Ulrich Rüdiger Gottfried Leopold Severin Xaver Lorenz Korbinian Hannes Henning Malte Lasse Thorben Björn Götz Ruprecht",
    women: "Maria Ursula Monika Petra Elisabeth Sabine Renate Helga Karin Brigitte Ingrid Erika Andrea Gisela Claudia Susanne Gabriele Christa Christine Hildegard Anna \
        Birgit Barbara Gerda Martina Kathrin Heike Stefanie Nicole Julia Sandra Melanie Anja Daniela Katharina Sarah Lisa Laura Lena Hannah Emma Mia Sophie Marie Clara Leonie \
        Johanna Luisa Frieda Greta Mathilda Ida Charlotte Theresa Franziska Magdalena Antonia Veronika Ulrike Silke Tanja Ute Anke Kerstin Jana Nadine Yvonne Jasmin Vanessa \
        Annegret Liselotte Roswitha Waltraud Edeltraud Rosemarie Hannelore Dörte Wiebke Frauke Svenja Imke Maike Jule Pia Ronja Käthe Änne Gudrun Irmgard",
    family: "Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Schäfer Koch Bauer Richter Klein Wolf Schröder Neumann Schwarz Zimmermann Braun \
        Krüger Hofmann Hartmann Lange Schmitt Werner Schmitz Krause Meier Lehmann Schmid Schulze Maier Köhler Herrmann König Walter Mayer Huber Kaiser Fuchs Peters Lang Scholz \
        Möller Weiß Jung Hahn Schubert Vogel Friedrich Keller Günther Frank Berger Winkler Roth Beck Lorenz Baumann Franke Albrecht Schuster Simon Ludwig Böhm Winter Kraus Martin \
        Schumacher Krämer Vogt Stein Jäger Otto Sommer Groß Seidel Heinrich Brandt Haas Schreiber Graf Dietrich Ziegler Kuhn Kühn Pohl Engel Horn Busch Bergmann Thomas Voigt \
        Sauer Arnold Pfeiffer Wolff Beyer Ernst Lindner Hübner Kramer Jansen Petersen Franz Peter Ebert Yılmaz Kaya Demir Kowalski Nowak Rüter Strauß Größing Wüst Zöllner",
    heads: "ober unter nieder hinter vorder stein berg wald bach brunn eich buch linden tannen birken hof feld acker wiesen mühl kirch burg eisen gold silber rosen \
        blumen hirsch fuchs wolfs bären adler falken schwarz weiß grün roth neu alt lang kurz hoch breiten",
    tails: "mann meier müller bauer hofer berger bacher huber dorfer wald stein feld thal maier bach born burg reuter inger",
    nicks: "Thomas:Tommi,Tom Michael:Michi,Micha Andreas:Andi,Andy Stefan:Steffen,Stef Christian:Chris,Chrissi Hans:Hansi Wolfgang:Wolfi,Wolle Jürgen:Jürgi Matthias:Matze,Hias \
        Alexander:Alex,Xandi Sebastian:Basti,Wastl Daniel:Dani Florian:Flo Tobias:Tobi Markus:Maggus Günter:Günni Manfred:Manni Torsten:Totti Philipp:Phil,Philli Lukas:Luki \
        Maximilian:Max,Maxi Konstantin:Kosta,Tino Johannes:Hannes,Jo,Johnny Benedikt:Bene Dominik:Nick,Domi Ulrich:Uli Rüdiger:Rudi Siegfried:Siggi Eberhard:Ebi Jakob:Jockel \
        Ursula:Uschi,Ulla Monika:Moni Elisabeth:Lisl,Sissi,Elli Sabine:Bine,Biene Brigitte:Gitte,Gitti Gisela:Gila Claudia:Claudi Susanne:Susi,Sanne Gabriele:Gabi,Gaby \
        Christine:Tine,Christl Barbara:Babsi,Bärbel Stefanie:Steffi Katharina:Kathi,Käthe,Trine Melanie:Melli,Mel Sandra:Sandy Johanna:Hanna,Jojo Franziska:Franzi,Ziska \
        Magdalena:Leni,Lena Theresa:Resi,Thesi Veronika:Vroni Charlotte:Lotte,Lotti Antonia:Toni Ulrike:Uli,Rike Roswitha:Rosi Rosemarie:Rosi Hannelore:Hanni Leonie:Leo",
    made: "i chen le si",
};

/// Estonian.
pub(super) const ESTONIAN: Words = Words {
    men: "Andres Martin Toomas Margus Urmas Jaan Rein Priit Peeter Aivar Kalev Tiit Indrek Meelis Raivo Tarmo Marko Kristjan Mati Ants Jüri Arvo Heino Vello Aleksander Rasmus \
        Markus Karl Oliver Robin Sander Siim Taavi Tanel Lauri Mihkel Madis Ott Rauno Erki Kaspar Joosep Hugo Oskar Uku Sten Kaur Villu Ülo Õnne Henn Hillar Endel Elmar Koit Kaarel Gert Allan",
    women: "Rutt Anne Tiina Sirje Malle Anu Ene Piret Tiiu Maie Kristi Katrin Kersti Marika Tatjana Ülle Riina Urve Helle Laura Kadri Maarja Liis Triin Kristiina Annika Eha Merle Reet \
        Pille Signe Kaja Küllike Mari Sofia Mia Emma Lenna Hanna Elisabeth Grete Gerda Birgit Heleri Kätlin Kairi Airi Ivi Õie Luule Leida Linda Helgi Aino Salme Virve Kaie Marta Brita Getter",
    family: "Tamm Saar Sepp Mägi Kask Kukk Rebane Ilves Pärn Koppel Luik Oja Raudsepp Kuusk Karu Kütt Vaher Kallas Lepik Põder Kivi Teder Leppik Laur Kangur Mets Vaino Ots Hein Uibo Nõmm \
        Peterson Jõgi Kuus Rand Toome Kass Parts Roos Saks Toom Väli Kool Laas Mölder Pukk Rätsep Sild Soosaar Tali Unt Viira Õunapuu Ööbik Ader Aas Allik Eller Erm Hunt Jaanus Kirss Kaasik Kurvits Liiv Lill",
    heads: "kuuse männi kase tamme lepa saare mere jõe järve mäe metsa nurme põllu raja kivi liiva soo raba allika uus vana suur väike must puna valge",
    tails: "mägi salu vee oja maa mets saar pere la orb puu org lill laid",
    nicks: "Andres:Antsu Toomas:Tommi,Toomi Peeter:Peeta Kristjan:Kris Aleksander:Alex,Sass Margus:Margu Indrek:Inks Mihkel:Miku Kaspar:Kass Joosep:Joss Tanel:Tants Markus:Makku Rasmus:Rassu \
        Katrin:Kati,Kata Kristiina:Kiki,Tiina Maarja:Maaru,Mallu Elisabeth:Liisu,Betti Annika:Anku Kersti:Kets Laura:Lalla Triin:Triinu Heleri:Hell Kätlin:Käts Birgit:Biku",
    made: "ts ku nts ks",
};

/// Spanish, of Spain and of America.
pub(super) const SPANISH: Words = Words {
    men: "Antonio José Manuel Francisco Juan David Javier Daniel Carlos Jesús Alejandro Miguel Rafael Pedro Pablo Ángel Sergio Fernando Jorge Luis Alberto Álvaro Diego Adrián Raúl Iván \
        Enrique Rubén Ramón Vicente Óscar Andrés Joaquín Santiago Víctor Eduardo Mario Roberto Jaime Ignacio Marcos Salvador Alfonso Jordi Hugo Emilio Tomás Agustín Gonzalo Félix Nicolás \
        Guillermo Gabriel Martín Lucas Mateo Leo Iker Unai Xavier Pau Marc Arnau Aitor Gorka Íñigo Eusebio Casimiro Fermín Lázaro Baltasar Yeray Saúl",
    women: "María Carmen Ana Isabel Laura Cristina Marta Dolores Lucía Pilar Elena Sara Paula Raquel Rosa Mercedes Beatriz Nuria Silvia Julia Patricia Irene Andrea Rocío Mónica Alba Ángela \
        Alicia Sonia Sandra Marina Susana Natalia Yolanda Margarita Claudia Inés Sofía Carla Eva Verónica Esther Noelia Ángeles Daniela Valeria Martina Carlota Ainhoa Leire Itziar Montserrat Mireia \
        Núria Remedios Consuelo Soledad Encarnación Concepción Asunción Guadalupe Ximena Camila Luna Candela Triana Vega Begoña Lourdes",
    family: "García Rodríguez González Fernández López Martínez Sánchez Pérez Gómez Martín Jiménez Ruiz Hernández Díaz Moreno Muñoz Álvarez Romero Gutiérrez Alonso Navarro Torres Domínguez Vázquez Ramos \
        Gil Ramírez Serrano Blanco Molina Morales Suárez Ortega Delgado Castro Ortiz Rubio Marín Sanz Núñez Iglesias Medina Garrido Cortés Castillo Santos Lozano Guerrero Cano Prieto Méndez Cruz Calvo Gallego \
        Vidal León Márquez Herrera Peña Flores Cabrera Campos Vega Fuentes Carrasco Diez Reyes Caballero Nieto Aguilar Pascual Santana Herrero Montero Lorenzo Hidalgo Giménez Ibáñez Ferrer Durán Santiago Benítez \
        Mora Vicente Vargas Arias Carmona Crespo Román Pastor Soto Sáez Velasco Moya Soler Parra Esteban Bravo Gallardo Rojas Puig Roca Etxeberria Aguirre Zubizarreta Urrutia Quiroga Bustamante Echevarría",
    heads: "villa monte campo casa fuente rio agua castro torre puente valle sierra olm pin alam robl",
    tails: "real verde blanca mayor nueva seca alta bella fría negro",
    nicks: "Antonio:Toni,Toño José:Pepe,Chepe Manuel:Manolo,Manu,Lolo Francisco:Paco,Pancho,Curro,Fran Juan:Juanito,Juancho Javier:Javi,Xavi Daniel:Dani Carlos:Charly,Carlitos Jesús:Chus,Suso \
        Alejandro:Alex,Jandro Miguel:Miki,Migue Rafael:Rafa Pedro:Perico Sergio:Checo Fernando:Nando,Fer Jorge:Coque Luis:Lucho Alberto:Berto Enrique:Quique,Kike Ramón:Moncho Ignacio:Nacho \
        Vicente:Chente Santiago:Santi,Tiago Eduardo:Edu,Lalo Roberto:Beto Guillermo:Guille,Memo Gonzalo:Gonza Nicolás:Nico Víctor:Vito María:Mari,Mariqui Carmen:Menchu,Carmela Isabel:Isa,Chabela,Bel \
        Cristina:Cris,Tina Dolores:Lola,Loli Pilar:Pili Rosa:Rosi Mercedes:Merche Beatriz:Bea Patricia:Patri,Paty Rocío:Chío Mónica:Moni Natalia:Nati,Naty Margarita:Marga,Rita Inés:Ine \
        Verónica:Vero Concepción:Concha,Conchi Asunción:Asun Encarnación:Encarni Guadalupe:Lupe,Lupita Consuelo:Chelo Montserrat:Montse Remedios:Reme Soledad:Sole Begoña:Bego Ángeles:Geles",
    made: "i ito is o",
};

/// English, of Britain and America.
pub(super) const ENGLISH: Words = Words {
    men: "James John Robert Michael William David Richard Joseph Thomas Charles Christopher Daniel Matthew Anthony Mark Donald Steven Paul Andrew Joshua Kenneth Kevin Brian George Timothy Ronald Edward Jason \
        Jeffrey Ryan Jacob Gary Nicholas Eric Jonathan Stephen Larry Justin Scott Brandon Benjamin Samuel Gregory Alexander Frank Patrick Raymond Jack Dennis Jerry Tyler Aaron Nathan Henry Douglas Zachary Peter \
        Adam Kyle Noah Ethan Jeremy Walter Christian Keith Roger Terry Austin Sean Gerald Carl Dylan Harold Jordan Jesse Bryan Lawrence Arthur Gabriel Bruce Logan Alan Russell Callum Alfie Archie Freddie Oliver \
        Rhys Ewan Angus Duncan Nigel Clive Trevor Desmond Tyrone DeShawn Malik Jamal Tremaine Colby Wyatt Easton",
    women: "Mary Patricia Jennifer Linda Elizabeth Barbara Susan Jessica Sarah Karen Lisa Nancy Betty Sandra Margaret Ashley Kimberly Emily Donna Michelle Carol Amanda Melissa Deborah Stephanie Rebecca Sharon Laura \
        Cynthia Dorothy Amy Kathleen Angela Shirley Emma Brenda Pamela Nicole Anna Samantha Katherine Christine Debra Rachel Carolyn Janet Maria Olivia Heather Helen Catherine Diane Julie Victoria Joyce Lauren Kelly \
        Christina Ruth Joan Virginia Judith Evelyn Hannah Andrea Megan Cheryl Jacqueline Madison Teresa Abigail Sophia Martha Sara Gloria Janice Kathryn Ann Isabella Judy Charlotte Julia Grace Amber Alice Jean Denise \
        Frances Danielle Marilyn Natalie Beverly Diana Brittany Theresa Kayla Alexis Doris Lori Tiffany Imogen Poppy Freya Isla Niamh Siobhan Gemma Tanisha LaToya Keisha Aaliyah Harper Skylar",
    family: "Smith Johnson Williams Brown Jones Garcia Miller Davis Rodriguez Wilson Anderson Thomas Taylor Moore Jackson Martin Lee Thompson White Harris Clark Lewis Robinson Walker Young Allen King Wright Scott \
        Hill Green Adams Nelson Baker Hall Campbell Mitchell Carter Roberts Phillips Evans Turner Parker Collins Edwards Stewart Morris Murphy Cook Rogers Morgan Peterson Cooper Reed Bailey Bell Gomez Kelly Howard \
        Ward Cox Diaz Richardson Wood Watson Brooks Bennett Gray James Hughes Price Myers Long Foster Sanders Ross Morales Powell Sullivan Russell Ortiz Jenkins Perry Butler Barnes Fisher Henderson Coleman Simmons \
        Patterson Jordan Reynolds Hamilton Graham Kim Wallace Cole West Hayes Bryant O'Brien O'Connor McDonald McCarthy MacLeod Fitzgerald Patel Khan Singh Shah Okafor Mensah Nguyen Fletcher Pickering Hargreaves Entwistle",
    heads: "ash oak elm thorn black white green wood stone brook hazel broad long red north west east hart lang thorn brad hal win mid old new whit farn",
    tails: "ford ton ley field worth wood bury ham well den brook man shaw side combe stead",
    nicks: "James:Jim,Jimmy,Jamie John:Jack,Johnny Robert:Bob,Rob,Bobby Michael:Mike,Mick,Mickey William:Bill,Will,Billy,Liam David:Dave,Davey Richard:Rick,Dick,Richie Joseph:Joe,Joey Thomas:Tom,Tommy Charles:Charlie,Chuck \
        Christopher:Chris,Topher,Kit Daniel:Dan,Danny Matthew:Matt,Matty Anthony:Tony,Ant Steven:Steve,Stevie Andrew:Andy,Drew Joshua:Josh Kenneth:Ken,Kenny Timothy:Tim Edward:Ed,Ted,Eddie,Ned Jeffrey:Jeff Jacob:Jake \
        Nicholas:Nick,Nicky Jonathan:Jon,Jonty Stephen:Steve Benjamin:Ben,Benji Samuel:Sam,Sammy Gregory:Greg Alexander:Alex,Xander,Sandy Patrick:Pat,Paddy Raymond:Ray Zachary:Zach,Zack Nathan:Nate Henry:Harry,Hank,Hal \
        Lawrence:Larry,Loz Arthur:Art Harold:Hal,Harry Gabriel:Gabe Peter:Pete Patricia:Pat,Tricia,Patsy Jennifer:Jen,Jenny Elizabeth:Liz,Beth,Betty,Lizzie,Eliza,Libby Barbara:Barb,Babs Susan:Sue,Susie Jessica:Jess \
        Sarah:Sally,Sadie Margaret:Maggie,Peggy,Meg,Daisy Kimberly:Kim Emily:Em,Emmy Michelle:Shelly Amanda:Mandy Melissa:Mel,Missy Deborah:Debbie,Deb Stephanie:Steph Rebecca:Becky,Becca Cynthia:Cindy Dorothy:Dot,Dottie \
        Kathleen:Kathy,Kath Angela:Angie Pamela:Pam Nicole:Nikki Samantha:Sam Katherine:Kate,Katie,Kathy,Kit Christine:Chris,Tina,Chrissie Rachel:Rach Victoria:Vicky,Tori Jacqueline:Jackie Teresa:Terri,Tess Abigail:Abby,Gail \
        Isabella:Bella,Izzy Charlotte:Charlie,Lottie,Char Theresa:Tess,Tracy Madison:Maddie Danielle:Dani Natalie:Nat Virginia:Ginny",
    made: "ie y s o zza",
};
