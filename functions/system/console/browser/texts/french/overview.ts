import type { overview as german } from '../german/overview.ts';

/** The first page, and the usage. */
export const overview: Record<keyof typeof german, string> = {
  'Calls today': 'Appels aujourd’hui',
  'Answered today': 'Répondus aujourd’hui',
  'Talk time today': 'Conversation aujourd’hui',
  'Cost today': 'Coût aujourd’hui',
  'Connected phones': 'Téléphones connectés',
  '{count} of {all}': '{count} sur {all}',
  'Needs attention': 'Demande votre attention',
  'All is well: nothing needs your attention.': 'Tout va bien : rien ne demande votre attention.',
  'Latest alarms': 'Dernières alarmes',
  'No credit is left: outbound calls that cost are rejected.':
    'Il ne reste plus de crédit : les appels sortants payants sont rejetés.',
  '{count, plural, one {# alarm} other {# alarms}} in the last 12 hours':
    '{count, plural, one {# alarme} other {# alarmes}} ces 12 dernières heures',
  '{count, plural, one {# phone is} other {# phones are}} not connected':
    '{count, plural, one {# téléphone n’est pas connecté} other {# téléphones ne sont pas connectés}}',
  'Calls per hour': 'Appels par heure',
  'Not answered': 'Sans réponse',
  'As a table': 'En tableau',
  '{difference} on last week': '{difference} par rapport à la semaine dernière',
  Usage: 'Consommation',
  'Nothing else': 'Rien d’autre',
  Gateway: 'Passerelle',
  Customer: 'Client',
  'None of these': 'Aucun de ceux-ci',
  'All others': 'Tous les autres',
  'A user who was deleted': 'Un utilisateur supprimé',
  'This month': 'Ce mois-ci',
  'Last month': 'Le mois dernier',
  'This year': 'Cette année',
  'Save as CSV': 'Enregistrer en CSV',
  'By day': 'Par jour',
  'By month': 'Par mois',
  'And by': 'Et par',
  'There were no calls in this time.': 'Il n’y a pas eu d’appels pendant cette période.',
  Share: 'Part',
  Total: 'Total',
  'Credit is low: {amount} are left.': 'Le crédit est faible : il reste {amount}.',
  'The certificate that signs calls ends within 30 days, or has ended.':
    'Le certificat qui signe les appels expire dans 30 jours ou a expiré.',
  '{count, plural, one {# gateway does} other {# gateways do}} not answer':
    '{count, plural, one {# passerelle ne répond pas} other {# passerelles ne répondent pas}}',
  'By hour': 'Par heure',
  'By hour, day or month': 'Par heure, jour ou mois',
};
