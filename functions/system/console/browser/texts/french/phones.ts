import type { phones as german } from '../german/phones.ts';

/** Desk phones, and how they are connected. */
export const phones: Record<keyof typeof german, string> = {
  User: 'Utilisateur',
  Model: 'Modèle',
  Maker: 'Fabricant',
  'MAC address': 'Adresse MAC',
  'Twelve letters and digits on the back of the phone': 'Douze lettres et chiffres au dos du téléphone',
  'Add the phone': 'Ajouter le téléphone',
  'Waits for its first start': 'Attend son premier démarrage',
  'Waits for a restart': 'Attend un redémarrage',
  'No file for this phone': 'Pas de fichier pour ce téléphone',
  'Not reachable': 'Injoignable',
  'Not ready': 'Pas prêt',
  'Every state': 'Tous les états',
  'Desk phone': 'Téléphone de bureau',
  'Program on a computer or mobile': 'Programme sur ordinateur ou mobile',
  'Adapter for analog phones': 'Adaptateur pour téléphones analogiques',
  'QR code of the link': 'Code QR du lien',
  'Enter this link as the provisioning server on the page of the phone, or scan it. Then restart the phone.':
    'Saisissez ce lien comme serveur de provisioning dans le téléphone, ou scannez-le. Redémarrez-le ensuite.',
  'Link for the phone': 'Lien pour le téléphone',
  'The link has the password of the phone. Do not send it to others.':
    'Le lien contient le mot de passe du téléphone. Ne l’envoyez pas à d’autres.',
  Address: 'Adresse',
  'Name, model or MAC address': 'Nom, modèle ou adresse MAC',
  'No phones here. The phone of this page needs none.':
    'Pas de téléphone ici. Le téléphone de cette page n’en a pas besoin.',
  'No desk phone yet. The phone of this page needs none.':
    'Pas encore de téléphone de bureau. Le téléphone de cette page n’en a pas besoin.',
  'Ring it': 'Le faire sonner',
  'Connect the phone': 'Connecter le téléphone',
  'Connect {name}': 'Connecter {name}',
  good: 'bonne',
  fair: 'moyenne',
  poor: 'mauvaise',
  'Last sign of life': 'Dernier signe de vie',
  'Ready since': 'Prêt depuis',
  Version: 'Version',
  Network: 'Réseau',
  'The phone does not answer.': 'Le téléphone ne répond pas.',
  'The phone has a call. Try again after it.': 'Le téléphone est en communication. Réessayez ensuite.',
  '{name} starts again.': '{name} redémarre.',
  'The phone has a new link and new passwords, from its next start on.':
    'Le téléphone a un nouveau lien et de nouveaux mots de passe dès son prochain démarrage.',
  'Start again': 'Redémarrer',
  'New link and passwords': 'Nouveau lien et nouveaux mots de passe',
  '{extensions} no longer rings on this phone.': '{extensions} ne sonne plus sur ce téléphone.',
  'Its settings are there again if it is added within 90 days.':
    'Ses paramètres reviennent s’il est ajouté de nouveau dans les 90 jours.',
  'Line of its own': 'Ligne propre',
  'Line shared with other phones': 'Ligne partagée avec d’autres téléphones',
  'Key that shows whether someone talks': 'Touche qui indique si quelqu’un parle',
  'Lines and keys': 'Lignes et touches',
  'Each line rings for a person. A key shows whether a colleague talks, and calls or picks up.':
    'Chaque ligne sonne pour une personne. Une touche indique si un collègue parle, et l’appelle ou intercepte.',
  'Person or extension': 'Personne ou poste',
  'Text beside the key': 'Texte à côté de la touche',
  Kind: 'Type',
  'Settings of the phone': 'Paramètres du téléphone',
  'Of the phone itself, such as its time zone. A file of your own may use any name.':
    'Du téléphone lui-même, par exemple son fuseau horaire. Un fichier propre peut utiliser n’importe quel nom.',
  'Own file for the phone': 'Fichier propre pour le téléphone',
  Value: 'Valeur',
  'Saved. The phone has it after its next start.': 'Enregistré. Le téléphone l’aura après son prochain démarrage.',
  'an extension': 'un poste',
  'This phone does not work': 'Ce téléphone ne fonctionne pas',
  'Its user was deleted. Give it to another user, or choose “New link and passwords” in the menu.':
    'Son utilisateur a été supprimé. Donnez-le à un autre, ou choisissez « Nouveau lien et nouveaux mots de passe ».',
};
