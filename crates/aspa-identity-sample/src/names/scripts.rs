//! Names that are written in another script at home.

use super::Words;

/// Russian, in Cyrillic; Latin forms come by [`romanised`](super::romanised).
pub(super) const RUSSIAN: Words = Words {
    men: "Александр Сергей Дмитрий Андрей Алексей Максим Евгений Иван Михаил Николай Владимир Артём Виктор Юрий Олег Павел Роман Игорь Константин Денис Антон Илья Кирилл Никита Егор Анатолий Вячеслав \
        Станислав Борис Геннадий Валерий Пётр Василий Григорий Тимур Руслан Вадим Леонид Фёдор Степан Матвей Ярослав Арсений Лев Эдуард Захар Савелий",
    women: "Елена Ольга Татьяна Наталья Анна Ирина Мария Светлана Екатерина Юлия Марина Анастасия Людмила Валентина Галина Ксения Александра Дарья Виктория Оксана Надежда Вера Любовь Нина Лариса Алла Евгения \
        Полина Елизавета Вероника Алина Кристина Диана Жанна Тамара Зинаида Раиса Софья Варвара Ульяна Арина Злата Яна Эльвира Инна Снежана",
    family: "Иванов Смирнов Кузнецов Попов Васильев Петров Соколов Михайлов Новиков Фёдоров Морозов Волков Алексеев Лебедев Семёнов Егоров Павлов Козлов Степанов Николаев Орлов Андреев Макаров Никитин Захаров Зайцев \
        Соловьёв Борисов Яковлев Григорьев Романов Воробьёв Сергеев Кузьмин Фролов Александров Дмитриев Королёв Гусев Киселёв Ильин Максимов Поляков Сорокин Виноградов Ковалёв Белов Медведев Антонов Тарасов Жуков Баранов \
        Филиппов Комаров Давыдов Беляев Герасимов Богданов Осипов Сидоров Матвеев Титов Марков Миронов Крылов Куликов Карпов Власов Мельников Денисов Гаврилов Тихонов Казаков Афанасьев Данилов Савельев Тимофеев Фомин Чернов \
        Абрамов Мартынов Ефимов Щербаков Назаров Калинин Исаев Чернышёв Быков Маслов Родионов Коновалов Лазарев Воронин Климов Филатов Пономарёв Голубев Кудрявцев Прохоров Наумов Потапов Журавлёв Овчинников Трофимов Шевченко Бойко",
    heads: "берёз дуб лип сосн клён осин ряб ель мор лес пол гор камен золот серебр желез черн бел красн син зелен тих гром ветр снег мороз зим весн",
    tails: "ов ев ин кин овский енко ский",
    nicks: "Александр:Саша,Шура,Саня Сергей:Серёжа,Серый Дмитрий:Дима,Митя,Димон Андрей:Дрюня Алексей:Лёша,Алёша Максим:Макс Евгений:Женя Иван:Ваня Михаил:Миша,Мишка Николай:Коля Владимир:Вова,Володя Артём:Тёма Виктор:Витя \
        Юрий:Юра Павел:Паша Роман:Рома Константин:Костя Илья:Илюша Анатолий:Толя Вячеслав:Слава Станислав:Стас Геннадий:Гена Валерий:Валера Пётр:Петя Василий:Вася Григорий:Гриша Леонид:Лёня Фёдор:Федя Степан:Стёпа Ярослав:Слава \
        Елена:Лена,Алёна Ольга:Оля Татьяна:Таня Наталья:Наташа,Ната Анна:Аня,Нюта Ирина:Ира Мария:Маша,Маруся Светлана:Света Екатерина:Катя,Катюша Юлия:Юля Анастасия:Настя,Стася Людмила:Люда,Мила Валентина:Валя Галина:Галя Ксения:Ксюша \
        Александра:Саша,Аля Дарья:Даша Виктория:Вика Надежда:Надя Любовь:Люба Лариса:Лара Полина:Поля Елизавета:Лиза Вероника:Ника Тамара:Тома Софья:Соня Варвара:Варя",
    made: "ик уня ша",
};

/// Greek, as native/Latin.
pub(super) const GREEK: Words = Words {
    men: "Γιώργος/Giorgos Νίκος/Nikos Δημήτρης/Dimitris Κώστας/Kostas Γιάννης/Giannis Βασίλης/Vasilis Χρήστος/Christos Παναγιώτης/Panagiotis Αλέξανδρος/Alexandros Ευάγγελος/Evangelos Σπύρος/Spyros Θανάσης/Thanasis Στέλιος/Stelios Μιχάλης/Michalis",
    women: "Μαρία/Maria Ελένη/Eleni Κατερίνα/Katerina Βασιλική/Vasiliki Σοφία/Sofia Αγγελική/Angeliki Γεωργία/Georgia Δήμητρα/Dimitra Αναστασία/Anastasia Ιωάννα/Ioanna Χριστίνα/Christina Παρασκευή/Paraskevi Ζωή/Zoi",
    family: "Παπαδόπουλος/Papadopoulos Παπαδάκης/Papadakis Νικολάου/Nikolaou Γεωργίου/Georgiou Παππάς/Pappas Βασιλείου/Vasileiou Δημητρίου/Dimitriou Οικονόμου/Oikonomou Καραγιάννης/Karagiannis Αντωνίου/Antoniou Χατζής/Chatzis Μακρής/Makris \
        Ζαχαρίας/Zacharias Λάμπρου/Lamprou Κωνσταντίνου/Konstantinou Παπανικολάου/Papanikolaou Σταύρου/Stavrou",
    heads: "",
    tails: "",
    nicks: "Alexandros:Alekos Dimitris:Mitsos Panagiotis:Panos Evangelos:Vangelis Katerina:Katia Vasiliki:Vaso Anastasia:Natasa Dimitra:Mimi Paraskevi:Vivi",
    made: "is akis",
};

/// Arabic, as native/Latin.
pub(super) const ARABIC: Words = Words {
    men: "محمد/Mohammed محمد/Muhammad أحمد/Ahmed علي/Ali حسن/Hassan حسين/Hussein عمر/Omar يوسف/Yusuf يوسف/Youssef خالد/Khaled إبراهيم/Ibrahim مصطفى/Mustafa عبدالله/Abdullah كريم/Karim سامي/Sami طارق/Tariq بلال/Bilal حمزة/Hamza",
    women: "فاطمة/Fatima مريم/Mariam مريم/Maryam عائشة/Aisha زينب/Zainab نور/Nour ليلى/Leila ليلى/Layla سارة/Sara هدى/Huda أمينة/Amina خديجة/Khadija رنا/Rana سلمى/Salma ياسمين/Yasmin",
    family: "حسن/Hassan علي/Ali أحمد/Ahmed إبراهيم/Ibrahim محمود/Mahmoud الخطيب/Al-Khatib حداد/Haddad منصور/Mansour صالح/Saleh عثمان/Osman الراشد/Al-Rashid خليل/Khalil ناصر/Nasser حمدان/Hamdan سليمان/Suleiman عبدي/Abdi عبدالرحمن/Abdelrahman فارح/Farah",
    heads: "",
    tails: "",
    nicks: "Mohammed:Mo,Moha Muhammad:Mo Ahmed:Ahmad Abdullah:Abdu Mustafa:Musti,Mustapha Ibrahim:Ibra Fatima:Fati Mariam:Mimi Khadija:Dija Yusuf:Joe",
    made: "o i",
};

/// Vietnamese and Chinese as they stand in Latin letters.
pub(super) const EASTERN: Words = Words {
    men: "Minh Hùng Dũng Tuấn Quang Long Nam Đức Khang Phúc Wei Jun Hao Ming Lei Chen Bo Tao Jian Yang",
    women: "Linh Hương Lan Mai Thảo Ngọc Trang Thu Hoa Phương Li Mei Xin Yan Ying Fang Jing Na Xiu Hui",
    family: "Nguyễn Trần Lê Phạm Hoàng Huỳnh Phan Vũ Võ Đặng Bùi Đỗ Hồ Ngô Dương Wang Li Zhang Liu Chen Yang Huang Zhao Wu Zhou Xu Sun Ma Zhu Hu Guo He Lin Gao Luo",
    heads: "",
    tails: "",
    nicks: "Minh:Max Wei:Wayne Linh:Linda Mei:May Jun:June Long:Leo",
    made: "i y",
};
