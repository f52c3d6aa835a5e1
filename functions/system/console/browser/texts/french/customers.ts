import type { customers as german } from '../german/customers.ts';

/** Customers of a seller. */
export const customers: Record<keyof typeof german, string> = {
  'Customers of {name}': 'Clients de {name}',
  'Enter {name}': 'Entrer dans {name}',
  Enter: 'Entrer',
  'Spent today': 'Dépensé aujourd’hui',
  'Calls now': 'Appels en ce moment',
  'No customer has this name.': 'Aucun client ne porte ce nom.',
  Overview: 'Aperçu',
  'Prices and payment': 'Prix et paiement',
  '{count} of {most}': '{count} sur {most}',
  'Can still be spent': 'Peut encore être dépensé',
  'Limit a day': 'Limite par jour',
  Month: 'Mois',
  '{calls} calls, {minutes} minutes, {sms} SMS': '{calls} appels, {minutes} minutes, {sms} SMS',
  'Calls and SMS of the month cost {amount}.': 'Les appels et les SMS du mois coûtent {amount}.',
  'Balance before': 'Solde avant',
  'Limits of {name}': 'Limites de {name}',
  'Credit for {name}': 'Crédit pour {name}',
  Suspend: 'Suspendre',
  Resume: 'Reprendre',
  '{name} is suspended.': '{name} est en suspension.',
  '{count, plural, one {# person} other {# people}} can see the balance only.':
    '{count, plural, one {# personne ne peut} other {# personnes ne peuvent}} voir que le solde.',
  '{count, plural, one {# phone makes} other {# phones make}} no calls.':
    '{count, plural, one {# téléphone n’appelle} other {# téléphones n’appellent}} plus.',
  '{count, plural, one {# call} other {# calls}} in progress.':
    '{count, plural, one {# appel} other {# appels}} en cours.',
  'Its access keys are rejected.': 'Ses clés d’accès sont rejetées.',
  'Suspend {name}?': 'Suspendre {name} ?',
  'Resume {name}?': 'Reprendre {name} ?',
  'Nothing is deleted. Until it is resumed:': 'Rien n’est supprimé. Jusqu’à la reprise :',
  'It can be used again, from its next request on.': 'Utilisable de nouveau dès la prochaine requête.',
  '{count, plural, one {# person} other {# people}} can no longer sign in.':
    '{count, plural, one {# personne ne peut} other {# personnes ne peuvent}} plus se connecter.',
  'Users, phones, gateways and the dial plan are deleted.':
    'Les utilisateurs, les téléphones, les passerelles et le plan de numérotation sont supprimés.',
  'Call history and statements are kept.': 'L’historique des appels et les relevés sont conservés.',
};
