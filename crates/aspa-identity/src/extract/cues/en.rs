//! English.

use super::Cue::{self, *};

pub(super) const CUES: &[(Cue, &str)] = &[
    (
        Email,
        "email*|e mail*|mail|mail me|gmail|write to me|contact me",
    ),
    (
        Phone,
        "phone*|tel|telephone*|mobile*|cell*|call me|call me at|call me on|call|my number is|my number|ring me|text me|reach me|whatsapp|ph|landline",
    ),
    (
        Customer,
        "customer number*|customer no|customer nr|customer id|customer num|client number*|client no|client id|cust no|cust number|customer account number|customer account",
    ),
    (
        Order,
        "order|orders|order number*|order no|order nr|order id|order num|order ref*|order reference*|purchase number*|ord no",
    ),
    (
        OtherNumber,
        "invoice*|invoice number*|invoice no|reference*|reference number*|tracking*|tracking number*|account number*|account no|iban|sort code|serial*|serial number*|postcode|zip|zip code|card number*|card|passport*|ssn|social security number|vat|ip|imei|case number*|ticket number*|case no|ticket no|year|years",
    ),
    (
        Thing,
        "order|orders|customer number|customer no|customer id|account|subscription*|contract*|invoice*|bill|bills|parcel|package|delivery|number|phone|email|details|booking*|reservation*|ticket|tickets|policy|membership|refund|line|broadband|internet|case|purchase",
    ),
    (
        SignOff,
        "best|best regards|kind regards|warm regards|regards|sincerely|yours sincerely|yours truly|yours faithfully|yours|cheers|all the best|best wishes|br|rgds|kr|many thanks and regards|warmly|respectfully|signed|love|xoxo",
    ),
    (
        Thanks,
        "thanks|thank you|many thanks|thx|ty|thanks in advance|thanks a lot|thanks so much|ta",
    ),
    (
        MyName,
        "my name is|my name s|my names|my full name is|name is|i m called|i am called|my name",
    ),
    (Name, "name|full name|the name is|name s"),
    (Am, "i am|i m|im|this is|it s|here is"),
    (Mine, "my|my own|mine"),
    (Theirs, "his|her|their"),
    (
        TheirName,
        "her name is|his name is|their name is|called|named|whose name is|her name|his name",
    ),
    (
        Kin,
        "my mother*|my mom*|my mum*|my mam|my mams|my father*|my dad*|my wife*|my wives|my husband*|my hubby*|my spouse*|my partner*|my son|my sons|my daughter*|my child*|my kid*|my sister*|my brother*|my grandmother*|my grandma*|my gran|my grans|my nan|my nans|my granny*|my grandfather*|my grandpa*|my grandad*|my granddad*|my aunt*|my uncle*|my cousin*|my parents|my parent|my mother in law*|my father in law*|my in laws|my girlfriend*|my boyfriend*|my fiance*|my friend*|my neighbour*|my neighbor*|my boss*|my client*|our client*|my customer s|our customer*|my customer called|my colleague*|my coworker*|my co worker*|my flatmate*|my roommate*|my employee*|my employer*|my elderly*|my late*|my niece*|my nephew*|my other half*|my ex|my mate|my mates|my mate s|my old*|my teenage*|my disabled*",
    ),
    (For, "for|to|from|with"),
    (
        BehalfOf,
        "on behalf of|behalf of|writing for|asking for|calling for|contacting you for|in the name of|enquiring for|inquiring for|acting for|message for|helping|representing|power of attorney for|messaging for|i manage this for|carer for|carer of|caregiver for|caregiver of|guardian of|guardian for|daughter of|son of|writing about the account of|assistant to|the account of|account of",
    ),
    (
        BehalfAfter,
        "s behalf|her behalf|his behalf|their behalf|somebody else s|someone else s|power of attorney|for a friend|for someone else|for somebody else|not my own|isn t mine|is not mine|not my order|not my account|for my elderly",
    ),
    (OwnBehalf, "my own behalf|my behalf|our behalf"),
    (CustomerWord, "customer|client"),
];

pub(super) const NO_NAME: &str = "i am is are was the a an and or but not no my your our his her their this that these those it he she we they you \
    in on at of for from to with by as so very just still also too now here there what why when how who where which if then than \
    customer customers client support team service help thanks thank regards best kind sincerely yours cheers hi hello dear sir madam \
    disappointed angry happy unhappy sorry glad upset furious sad tired fed waiting trying writing looking having getting going \
    american british english finnish swedish german estonian russian spanish norwegian danish irish scottish \
    order orders number phone email mail account address invoice bill parcel package call name ridiculous unacceptable urgent terrible awful \
    helsinki london new old wrong correct missing monday tuesday wednesday thursday friday saturday sunday january february march \
    ok okay sure done buy worse better please can could would will have has had been being do does did don mother father wife husband";
