//! A day at work, from the first angry comment to the report that the team lead reads.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod common;

use aspa_desk::{Question, Reply};
use aspa_identity::{ContactKind, LinkState, RequestStatus};
use aspa_report::Report;
use aspa_store::{Position, Recorded, Store};
use aspa_testkit::FakeNetwork;
use aspa_ticket::assignment::{Agent, Policy, Span};
use aspa_ticket::{
    Actor, Answer, Category, Command, Cover, Disposition, Draft, EventKind, Field, Goal,
    HelpVerdict, Outcome, PlaybookId, Rules, TeamFigures, Ticket, TicketKey, figures, fold,
};
use aspa_types::{HandleKey, TeamId, TicketId};
use common::day::{Day, record_id, values};
use common::{agent, minute, shop};

/// Where the angry post stands, and all that is written below it.
const POST: &str = "angry-post";
const COMPLAINTS: usize = 31;

/// A shop on a day, told in what people do.
struct Shop {
    day: Day,
    /// Somebody who bears Matti's name.
    impostor: HandleKey,
    /// How far a colleague who follows her customers has read.
    read_to: Position,
}

impl Shop {
    /// Aino and Kalle work until noon, Leena from then on; Liisa is Omar's customer, which the CRM's
    /// people said yesterday. Customers may answer each other for an hour.
    async fn opens() -> Self {
        let day = Day::on(FakeNetwork::everything(), |builder| builder).await;
        let desk = &day.desk;
        for (name, team, from, until) in [
            ("aino", "early", 0, 240),
            ("kalle", "early", 0, 240),
            ("leena", "late", 240, 480),
        ] {
            let (from, until) = (minute(from), minute(until));
            let mut someone = Agent::new(agent(name), 2).on(Span { from, until });
            someone.teams.insert(TeamId::new(team).unwrap());
            desk.save_agent(&someone, 0).await.unwrap();
        }
        let policy = Policy::default();
        desk.save_assignment_policy(&policy, 0).await.unwrap();
        let goal = Goal::customers_first(3_600).lead(60);
        desk.save_goal(&shop(), &goal, 0).await.unwrap();
        let fields = [("first_name".to_owned(), Field::public(30))];
        let fields = fields.into_iter().collect();
        desk.save_playbook_fields(&fields, 0).await.unwrap();
        let sent = "Hi {first_name}, your parcel is on its way.";
        let draft = Draft::new("The parcel is late")
            .answer(Answer::new(sent.parse().unwrap()).in_private());
        desk.save_playbook(&late_parcel(), draft, 0).await.unwrap();
        // The first to write here, so that the name is his.
        let _ = day.who("Matti Virtanen");
        let impostor = day.who("Mallory");
        day.network.renames(&impostor, "Matti Virtanen");
        let read_to = desk.newest().await.unwrap();
        Self {
            day,
            impostor,
            read_to,
        }
    }

    /// Forty comments by thirty-nine people.
    async fn forty_people_comment(&self) {
        let day = &self.day;
        day.comments("Anu", POST, "Your app is down AGAIN! Never again!");
        for number in 1..COMPLAINTS {
            let name = format!("Commenter {number}");
            day.comments(&name, POST, "It is down here too");
        }
        day.comments("Matti Virtanen", POST, "And where is my parcel?");
        day.network
            .writes(&self.impostor, POST, "I am Matti, pay my refund to me")
            .unwrap();
        day.comments("Maija Korhonen", POST, "I was charged twice");
        day.comments("Liisa Nieminen", POST, "Is my contract affected?");
        for (asker, text) in [
            ("Oona", "How do I get in without the app?"),
            ("Paavo", "Where is the web page to log in?"),
        ] {
            let question = day.comments(asker, POST, text);
            let advice = "You can use the web page: click log in at the top";
            let bertta = day.who("Bertta");
            day.network.answers(&bertta, &question, advice).unwrap();
        }
        let spam = "Win a phone at prize.example";
        day.comments("Bot", POST, spam);
        day.later(2).await;
    }

    async fn liisa_is_known_as_omars_customer(&self) {
        let (liisa, desk) = (self.day.who("Liisa Nieminen"), &self.day.desk);
        let (id, omar) = (record_id("3"), agent("omar"));
        desk.confirm_link(&liisa, &id, omar.clone()).await.unwrap();
        desk.set_owner(&id, Some(&omar)).await.unwrap();
    }

    async fn of(&self, name: &str) -> Ticket {
        self.day.ticket(name, POST).await
    }

    async fn of_impostor(&self) -> Ticket {
        let conversation = self.day.network.conversation(POST).unwrap();
        let customer = self.impostor.clone();
        let key = TicketKey {
            conversation,
            customer,
        };
        self.day.desk.ticket(&key.ticket_id(1)).await.unwrap()
    }

    /// One answer where everybody reads it, for all who complain of the same.
    async fn one_public_answer_covers_all_complaints(&self) {
        let mut reply = Reply::answer("We know that the app is down. It is back at ten.");
        for number in 1..COMPLAINTS {
            let ticket = self.of(&format!("Commenter {number}")).await;
            reply = reply.covering(Cover {
                ticket: ticket.id.clone(),
                about: ticket.key.clone(),
                message: ticket.messages[0].message.clone(),
            });
        }
        let anu = self.of("Anu").await;
        let reply = reply.by(agent("aino"));
        self.day.desk.reply(&anu.id, reply).await.unwrap();
        self.day.later(1).await;
    }

    /// Whom Omar is told of since he last looked: customers of his who wrote.
    async fn omar_is_told(&mut self) -> Vec<HandleKey> {
        let desk = &self.day.desk;
        let until = desk.newest().await.unwrap();
        let mut log = desk.subscribe(self.read_to);
        let mut told = Vec::new();
        while log.position() < until {
            let Recorded { about, event, .. } = log.next().await.unwrap();
            if !matches!(event.kind, EventKind::Received { .. }) {
                continue;
            }
            let link = desk.link(&about.customer).await.unwrap();
            let Some(customer) = link.and_then(|link| link.customer) else {
                continue;
            };
            if desk.owner(&customer).await.unwrap() == Some(agent("omar")) {
                told.push(about.customer);
            }
        }
        self.read_to = until;
        told
    }

    async fn aino_asks_who_it_is(&self, ticket: &TicketId) {
        let question = Question::new([ContactKind::CustomerNumber, ContactKind::Email]);
        let aino = agent("aino");
        let desk = &self.day.desk;
        desk.ask_who(ticket, &question, &aino).await.unwrap();
        self.day.later(1).await;
    }

    async fn asked_and_stands(&self, ticket: &TicketId) -> RequestStatus {
        let asked = self.day.desk.asked(ticket).await.unwrap().pop().unwrap();
        asked.request().unwrap().status
    }

    async fn is_linked_to(&self, who: &HandleKey) -> Option<String> {
        let link = self.day.desk.link(who).await.unwrap()?;
        let linked = link.state == LinkState::Linked;
        Some(link.customer.filter(|_| linked)?.id.to_string())
    }

    /// The ticket of the private conversation with somebody.
    async fn in_private_with(&self, name: &str) -> Ticket {
        let thread = format!("with-{}", self.day.who(name).id());
        self.day.ticket(name, &thread).await
    }

    async fn says_what_became_of_it(&self, ticket: &Ticket, became: Disposition) {
        let aino = Actor::Us(Some(agent("aino")));
        for message in ticket.inbound().map(|one| one.message.clone()) {
            let disposition = became.clone();
            let dispose = Command::Dispose {
                message,
                disposition,
            };
            let done = self.day.desk.command(&ticket.id, dispose, aino.clone());
            done.await.unwrap();
        }
    }

    async fn aino_judges_the_help(&self, asker: &str, thanks: Option<&str>) {
        let ticket = self.of(asker).await;
        let found = self.day.desk.help_found(&ticket.id).await.unwrap();
        let best = found.iter().max_by(|a, b| a.score.total_cmp(&b.score));
        let best = best.unwrap();
        assert!(best.score >= 0.5, "{best:?}");
        let verdict = match thanks {
            Some(_) => HelpVerdict::Thanked,
            None => HelpVerdict::Confirmed,
        };
        let (desk, found) = (&self.day.desk, (&best.answered, &best.by));
        let thanks = thanks.map(Reply::answer);
        desk.judge_help(&ticket.id, found, verdict, thanks, &agent("aino"))
            .await
            .unwrap();
        self.day.later(1).await;
    }

    async fn resolves(&self, ticket: &TicketId, by: &str) {
        let resolve = Command::Resolve {
            outcome: Outcome::Solved,
            rest: None,
            newest_seen: None,
        };
        let by = Actor::Us(Some(agent(by)));
        self.day.desk.command(ticket, resolve, by).await.unwrap();
    }

    async fn all(&self) -> Vec<Ticket> {
        common::all(&self.day.desk).await
    }

    /// All that ever happened, as it was written down.
    async fn log(&self) -> Vec<(TicketKey, aspa_ticket::Event)> {
        let log = self.day.store.log(Position::default(), 10_000).await;
        let log = log.unwrap().into_iter();
        log.map(|entry| (entry.about, entry.event)).collect()
    }
}

fn late_parcel() -> PlaybookId {
    "late-parcel".into()
}

fn became(ticket: &Ticket) -> Vec<&Disposition> {
    ticket.inbound().map(|one| &one.disposition).collect()
}

#[tokio::test]
async fn a_day_at_the_shop() {
    let mut shop = Shop::opens().await;

    // Eight o'clock. The app is down, and everybody says so below one post.
    shop.forty_people_comment().await;
    let tickets = shop.all().await;
    let comments: usize = tickets.iter().map(|t| t.inbound().count()).sum();
    assert_eq!((comments, tickets.len()), (40, 39));
    let called = shop.day.desk.assign_waiting().await.unwrap();
    assert!(called.is_empty(), "customers may answer each other first");

    // Aino writes one answer for all who complain of the same.
    shop.one_public_answer_covers_all_complaints().await;
    let answer = shop
        .of("Anu")
        .await
        .outbound()
        .next()
        .unwrap()
        .message
        .clone();
    let covered = shop.of("Commenter 7").await;
    assert_eq!(became(&covered), [&Disposition::Covered { by: answer }]);
    assert_eq!(shop.day.in_public().len(), 1);

    // Bertta has helped two others. One answer is confirmed, for the other she is thanked.
    shop.aino_judges_the_help("Oona", None).await;
    shop.aino_judges_the_help("Paavo", Some("Thank you, Bertta!"))
        .await;
    assert_eq!(shop.of("Oona").await.category, Category::Resolved);
    assert_eq!(shop.day.in_public().len(), 2);

    // Two of those who wrote are customers, who tell in private who they are, and so does one who is not.
    let (matti, maija) = (
        shop.of("Matti Virtanen").await,
        shop.of("Maija Korhonen").await,
    );
    let impostor = shop.of_impostor().await;
    for ticket in [&matti, &maija, &impostor] {
        shop.aino_asks_who_it_is(&ticket.id).await;
    }
    shop.day
        .writes_privately("Matti Virtanen", "matti@example.fi");
    shop.day
        .writes_privately("Maija Korhonen", "It is maija@example.fi");
    for guess in [
        "matti@evil.example",
        "virtanen@evil.example",
        "m@evil.example",
    ] {
        let network = &shop.day.network;
        network.writes_privately(&shop.impostor, guess).unwrap();
        shop.day.later(1).await;
    }
    for (ticket, status) in [
        (&matti, RequestStatus::Confirmed),
        (&maija, RequestStatus::Confirmed),
        (&impostor, RequestStatus::Refused),
    ] {
        assert_eq!(shop.asked_and_stands(&ticket.id).await, status);
    }
    let real = shop.day.who("Matti Virtanen");
    assert_eq!(shop.is_linked_to(&real).await.as_deref(), Some("1"));
    assert_eq!(shop.is_linked_to(&shop.impostor).await, None);
    let told_to_all = shop.day.in_public().join(" ").to_lowercase();
    for secret in ["matti", "maija", "virtanen", "korhonen", "@", "example"] {
        assert!(!told_to_all.contains(secret), "{secret} in {told_to_all}");
    }

    // Both are answered where only they read, Matti as it was agreed for late parcels.
    let with_matti = shop.in_private_with("Matti Virtanen").await;
    let desk = shop.day.desk.clone();
    let named = values(&[("first_name", "Matti")]);
    let reply = desk
        .reply_from_playbook(&with_matti.id, &late_parcel(), &named)
        .await
        .unwrap();
    desk.reply(&with_matti.id, reply.by(agent("aino")))
        .await
        .unwrap();
    let with_maija = shop.in_private_with("Maija Korhonen").await;
    let reply = Reply::answer("We have paid one of them back.").by(agent("kalle"));
    desk.reply(&with_maija.id, reply).await.unwrap();
    shop.day.later(1).await;
    for ticket in [&matti, &maija] {
        let place = "in private".to_owned();
        let elsewhere = Disposition::AnsweredElsewhere { place };
        shop.says_what_became_of_it(&shop.day.desk.ticket(&ticket.id).await.unwrap(), elsewhere)
            .await;
    }
    shop.says_what_became_of_it(&shop.of_impostor().await, Disposition::Spam)
        .await;
    let guesses = shop.all().await.into_iter().find(|ticket| {
        ticket.key.customer == shop.impostor && ticket.key.conversation != impostor.key.conversation
    });
    shop.says_what_became_of_it(&guesses.unwrap(), Disposition::Spam)
        .await;
    shop.says_what_became_of_it(&shop.of("Bot").await, Disposition::Spam)
        .await;

    // Liisa is Omar's customer. He is told when she writes, and of nobody else.
    shop.omar_is_told().await;
    shop.liisa_is_known_as_omars_customer().await;
    shop.day
        .comments("Liisa Nieminen", POST, "Hello? Anybody there?");
    shop.day.comments("Commenter 3", POST, "Still down");
    shop.day.later(60).await;
    let liisa_herself = shop.day.who("Liisa Nieminen");
    assert_eq!(shop.omar_is_told().await, [liisa_herself]);

    // Nobody has helped Liisa and the one who wrote again: agents are called.
    let given = desk.assign_waiting().await.unwrap();
    let liisa = shop.of("Liisa Nieminen").await;
    let hers = given.iter().find(|one| one.ticket == liisa.id).unwrap();
    let early = hers.to.clone();
    assert!([agent("aino"), agent("kalle")].contains(&early), "{hers:?}");

    // Noon: the late shift begins, and is handed what is not done.
    shop.day.later(180).await;
    desk.note(
        &liisa.id,
        "Needs a look at her contract",
        Some(early.clone()),
    )
    .await
    .unwrap();
    let hand_over = Command::Assign {
        to: Some(agent("leena")),
        until: None,
    };
    let by = Actor::Us(Some(early.clone()));
    desk.command(&liisa.id, hand_over, by).await.unwrap();
    let reply = Reply::answer("Your contract stays as it is.").by(agent("leena"));
    desk.reply(&liisa.id, reply).await.unwrap();
    let reply = Reply::answer("It is back now.").by(agent("leena"));
    desk.reply(&shop.of("Commenter 3").await.id, reply)
        .await
        .unwrap();
    shop.day.later(1).await;
    for ticket in shop.all().await {
        if ticket.category.is_active() {
            shop.resolves(&ticket.id, "leena").await;
        }
    }

    // The report. Every figure of it can be counted again from what happened.
    let counting = desk.counting().await.unwrap();
    let team = desk.team_figures(&counting).await.unwrap();
    let log = shop.log().await;
    let again = figures(
        log.iter().map(|(key, event)| (key, event)),
        &Rules::default(),
        &counting,
    );
    assert_eq!(team, again);
    for ticket in shop.all().await {
        let own = log.iter().filter(|(key, _)| *key == ticket.key);
        let own: Vec<_> = own.map(|(_, event)| event.clone()).collect();
        let folded = fold(&ticket.key, &own, &Rules::default());
        assert!(folded.contains(&ticket), "{} is its history", ticket.id);
    }
    the_team_lead_reads(&shop, &team).await;
}

/// What stands in it, as one who was there would count.
async fn the_team_lead_reads(shop: &Shop, team: &TeamFigures) {
    // 39 below the post; three private conversations.
    assert_eq!(team.total.tickets, 42);
    assert_eq!(team.total.by_customers, 2);
    let bertta = shop.day.who("Bertta");
    assert_eq!(team.helpers, [(bertta, 2)]);
    assert_eq!(team.playbooks[&late_parcel()].tickets, 1);
    assert_eq!(
        team.total.transfers, 1,
        "Liisa's, from the early shift to the late"
    );
    let early = &team.teams[&TeamId::new("early").unwrap()];
    assert_eq!(early.transfers, 1);
    assert!(team.agents.contains_key(&agent("leena")));

    let report = Report::read(&shop.day.desk).await.unwrap();
    // 40 comments, 2 more, and 5 in private; of them the impostor's 4 and the bot's are spam.
    let handled = &report.service.handled;
    assert_eq!((handled.inbound, handled.spam), (47, 5));
    assert_eq!(
        (handled.unhandled, report.service.handled_share),
        (0, Some(1.0))
    );
    assert_eq!(report.service.tickets, 42);
    let mut shown = team.clone();
    shown.helpers.clear();
    assert_eq!(report.team, shown);
    let helped: Vec<u64> = report.helpers.iter().map(|one| one.messages).collect();
    assert_eq!(helped, [2]);
    let mut by_hand = aspa_ticket::HandledShare::default();
    let all = shop.all().await;
    all.iter()
        .flat_map(Ticket::inbound)
        .for_each(|message: &aspa_ticket::Attached| by_hand.count(&message.disposition));
    assert_eq!(*handled, by_hand);
    let text = report.to_string();
    for word in ["42", "100"] {
        assert!(text.contains(word), "{text}");
    }
    for told in ["matti@example.fi", "maija@example.fi"] {
        assert!(
            !text.contains(told),
            "no report holds what was told in private"
        );
    }
}
