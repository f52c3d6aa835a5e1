import type { firstSteps as german } from '../german/steps.ts';

/** First steps. */
export const firstSteps: Record<keyof typeof german, string> = {
  'Add a customer': 'Ajouter un client',
  'An organization of its own, with its first administrator, balance and limits.':
    'Une organisation à part, avec son premier administrateur, son solde et ses limites.',
  'Add a user': 'Ajouter un utilisateur',
  'Each person signs in by itself. An extension is how others in the organization call it.':
    'Chaque personne se connecte elle-même. Les autres membres de l’organisation l’appellent par son poste.',
  'Connect a phone': 'Connecter un téléphone',
  'A desk phone or softphone is a device with lines. The phone of this page needs nothing else.':
    'Un téléphone de bureau ou un softphone. Celui de cette page n’a besoin de rien d’autre.',
  'Switch on the phone of this page': 'Activer le téléphone de cette page',
  'Make the first call': 'Passer le premier appel',
  'Dial *43 to hear yourself, or the extension of a colleague.':
    'Composez *43 pour vous entendre vous-même, ou le poste d’un collègue.',
  'Open the phone': 'Ouvrir le téléphone',
  'Connect a trunk or a gateway': 'Connecter un trunk ou une passerelle',
  'Calls to and from the telephone network pass a carrier or a PBX.':
    'Les appels avec le réseau téléphonique passent par un opérateur ou un PBX.',
  'Activate a number': 'Activer un numéro',
  'Others call the organization by it. It rings what it is routed to.':
    'Les autres appellent l’organisation par ce numéro. Il sonne là où il est acheminé.',
  'Build a call flow': 'Construire un scénario d’appel',
  'Greets callers and asks what they want. A number or an extension begins it.':
    'Accueille les appelants et demande ce qu’ils souhaitent. Un numéro ou un poste le démarre.',
  Done: 'Fait',
  'The same by the API': 'La même chose par l’API',
  'First steps': 'Premiers pas',
  '{done} of {count} done': '{done} sur {count} faits',
  'Put away': 'Masquer',
};
