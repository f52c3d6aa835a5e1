/** First steps. */
export const firstSteps = {
  'Add a customer': 'Kunden anlegen',
  'An organization of its own, with its first administrator, balance and limits.':
    'Eine eigene Organisation mit ihrem ersten Administrator, Guthaben und Grenzen.',
  'Add a user': 'Benutzer hinzufügen',
  'Each person signs in by itself. An extension is how others in the organization call it.':
    'Jede Person meldet sich selbst an. Unter der Nebenstelle rufen Kollegen sie an.',
  'Connect a phone': 'Telefon verbinden',
  'A desk phone or softphone is a device with lines. The phone of this page needs nothing else.':
    'Ein Tischtelefon oder Softphone. Das Telefon dieser Seite braucht nichts weiter.',
  'Switch on the phone of this page': 'Telefon dieser Seite einschalten',
  'Make the first call': 'Ersten Anruf führen',
  'Dial *43 to hear yourself, or the extension of a colleague.':
    'Wählen Sie *43, um sich selbst zu hören, oder die Nebenstelle eines Kollegen.',
  'Open the phone': 'Telefon öffnen',
  'Connect a trunk or a gateway': 'Trunk oder Gateway verbinden',
  'Calls to and from the telephone network pass a carrier or a PBX.':
    'Anrufe ins Telefonnetz und von dort laufen über einen Netzbetreiber oder eine Telefonanlage.',
  'Activate a number': 'Nummer aktivieren',
  'Others call the organization by it. It rings what it is routed to.':
    'Unter ihr rufen andere die Organisation an. Es klingelt dort, wohin sie geleitet wird.',
  'Build a call flow': 'Rufablauf bauen',
  'Greets callers and asks what they want. A number or an extension begins it.':
    'Begrüßt Anrufer und fragt nach ihrem Wunsch. Eine Nummer oder Nebenstelle startet ihn.',
  Done: 'Erledigt',
  'The same by the API': 'Dasselbe über die API',
  'First steps': 'Erste Schritte',
  '{done} of {count} done': '{done} von {count} erledigt',
  'Put away': 'Ausblenden',
} as const;
