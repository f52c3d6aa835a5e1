/** Errors. */
export const problems = {
  'The user name or the password is wrong.': 'Der Benutzername oder das Passwort ist falsch.',
  'Too many wrong attempts. Try again later, or ask your administrator.':
    'Zu viele falsche Versuche. Versuchen Sie es später noch einmal, oder fragen Sie Ihren Administrator.',
  'Too many requests. Try again in a minute.': 'Zu viele Anfragen. Versuchen Sie es in einer Minute noch einmal.',
  'This is not available right now. Try again in a moment.':
    'Das ist im Moment nicht verfügbar. Versuchen Sie es gleich noch einmal.',
  'Something went wrong on the server. Report it with the number below.':
    'Auf dem Server ist etwas schiefgegangen. Melden Sie es mit der Nummer unten.',
  'You may not do this. Ask your administrator.': 'Das dürfen Sie nicht. Fragen Sie Ihren Administrator.',
  'This person has more rights than you.': 'Diese Person hat mehr Rechte als Sie.',
  'You cannot give rights that you do not have.': 'Sie können keine Rechte vergeben, die Sie nicht haben.',
  'You have no access to this organization.': 'Sie haben keinen Zugang zu dieser Organisation.',
  'Your organization is suspended. Ask your provider.': 'Ihre Organisation ist gesperrt. Fragen Sie Ihren Anbieter.',
  'Only the seller of this organization may change this.': 'Das darf nur der Verkäufer dieser Organisation ändern.',
  'Only the operator of the platform may do this.': 'Das darf nur der Betreiber der Plattform.',
  'This does not exist any more.': 'Das gibt es nicht mehr.',
  'Someone else has changed this. Load the page again to see how it is now.':
    'Jemand anderes hat das geändert. Laden Sie die Seite neu, um den jetzigen Stand zu sehen.',
  'This would remove a large part of the entries. Load the page again before you save.':
    'Das würde einen großen Teil der Einträge entfernen. Laden Sie die Seite neu, bevor Sie speichern.',
  'Some fields need a change.': 'Einige Felder müssen geändert werden.',
  'Some fields are not filled in.': 'Einige Felder sind nicht ausgefüllt.',
  'This name is taken.': 'Dieser Name ist vergeben.',
  'This user name is taken.': 'Dieser Benutzername ist vergeben.',
  'Another user has this e-mail address.': 'Diese E-Mail-Adresse hat ein anderer Benutzer.',
  'This extension is taken.': 'Diese Nebenstelle ist vergeben.',
  'This number is taken.': 'Diese Nummer ist vergeben.',
  'A limit of the organization is reached.': 'Eine Grenze der Organisation ist erreicht.',
  'This user has as many phones as permitted.': 'Dieser Benutzer hat so viele Telefone wie erlaubt.',
  'There are as many calls as permitted.': 'Es gibt so viele Anrufe wie erlaubt.',
  'The balance is too low.': 'Das Guthaben reicht nicht aus.',
  'This password is too easy to guess.': 'Dieses Passwort ist zu leicht zu erraten.',
  'This PIN is too easy to guess.': 'Diese PIN ist zu leicht zu erraten.',
  'Code {code}': 'Code {code}',
  'Something uses this trunk.': 'Dieser Trunk wird verwendet.',
  'Something uses this gateway.': 'Dieses Gateway wird verwendet.',
  'Customers have this price list.': 'Kunden haben diese Preisliste.',
  'Something uses this file.': 'Diese Datei wird verwendet.',
} as const;
