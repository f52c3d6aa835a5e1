/** Customers of a seller. */
export const customers = {
  'Customers of {name}': 'Kunden von {name}',
  'Enter {name}': '{name} betreten',
  Enter: 'Betreten',
  'Spent today': 'Heute ausgegeben',
  'Calls now': 'Anrufe jetzt',
  'No customer has this name.': 'Kein Kunde heißt so.',
  Overview: 'Überblick',
  'Prices and payment': 'Preise und Zahlung',
  '{count} of {most}': '{count} von {most}',
  'Can still be spent': 'Kann noch ausgegeben werden',
  'Limit a day': 'Grenze je Tag',
  Month: 'Monat',
  '{calls} calls, {minutes} minutes, {sms} SMS': '{calls} Anrufe, {minutes} Minuten, {sms} SMS',
  'Calls and SMS of the month cost {amount}.': 'Anrufe und SMS des Monats kosten {amount}.',
  'Balance before': 'Guthaben davor',
  'Limits of {name}': 'Grenzen von {name}',
  'Credit for {name}': 'Guthaben für {name}',
  Suspend: 'Sperren',
  Resume: 'Entsperren',
  '{name} is suspended.': '{name} ist gesperrt.',
  '{count, plural, one {# person} other {# people}} can see the balance only.':
    '{count, plural, one {# Person sieht} other {# Personen sehen}} nur noch das Guthaben.',
  '{count, plural, one {# phone makes} other {# phones make}} no calls.':
    '{count, plural, one {# Telefon führt} other {# Telefone führen}} keine Anrufe.',
  '{count, plural, one {# call} other {# calls}} in progress.':
    '{count, plural, one {# laufender Anruf} other {# laufende Anrufe}}.',
  'Its access keys are rejected.': 'Die Zugriffsschlüssel werden abgewiesen.',
  'Suspend {name}?': '{name} sperren?',
  'Resume {name}?': '{name} entsperren?',
  'Nothing is deleted. Until it is resumed:': 'Nichts wird gelöscht. Bis zum Entsperren gilt:',
  'It can be used again, from its next request on.': 'Der Kunde ist ab der nächsten Anfrage wieder freigeschaltet.',
  '{count, plural, one {# person} other {# people}} can no longer sign in.':
    '{count, plural, one {# Person kann} other {# Personen können}} sich nicht mehr anmelden.',
  'Users, phones, gateways and the dial plan are deleted.':
    'Benutzer, Telefone, Gateways und Wählplan werden gelöscht.',
  'Call history and statements are kept.': 'Anrufliste und Kontoauszüge bleiben.',
} as const;
