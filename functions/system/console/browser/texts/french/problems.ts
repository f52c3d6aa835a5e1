import type { problems as german } from '../german/problems.ts';

/** Errors. */
export const problems: Record<keyof typeof german, string> = {
  'The user name or the password is wrong.': 'Le nom d’utilisateur ou le mot de passe est incorrect.',
  'Too many wrong attempts. Try again later, or ask your administrator.':
    'Trop de tentatives erronées. Réessayez plus tard ou adressez-vous à votre administrateur.',
  'Too many requests. Try again in a minute.': 'Trop de requêtes. Réessayez dans une minute.',
  'This is not available right now. Try again in a moment.': 'Indisponible pour le moment. Réessayez dans un instant.',
  'Something went wrong on the server. Report it with the number below.':
    'Une erreur s’est produite sur le serveur. Signalez-la avec le numéro ci-dessous.',
  'You may not do this. Ask your administrator.':
    'Vous n’avez pas le droit de faire cela. Adressez-vous à votre administrateur.',
  'This person has more rights than you.': 'Cette personne a plus de droits que vous.',
  'You cannot give rights that you do not have.': 'Vous ne pouvez pas donner de droits que vous n’avez pas.',
  'You have no access to this organization.': 'Vous n’avez pas accès à cette organisation.',
  'Your organization is suspended. Ask your provider.':
    'Votre organisation est suspendue. Adressez-vous à votre fournisseur.',
  'Only the seller of this organization may change this.': 'Seul le vendeur de cette organisation peut modifier cela.',
  'Only the operator of the platform may do this.': 'Seul l’exploitant de la plateforme peut faire cela.',
  'This does not exist any more.': 'Cela n’existe plus.',
  'Someone else has changed this. Load the page again to see how it is now.':
    'Quelqu’un d’autre l’a modifié. Rechargez la page pour voir l’état actuel.',
  'This would remove a large part of the entries. Load the page again before you save.':
    'Cela retirerait une grande partie des entrées. Rechargez la page avant d’enregistrer.',
  'Some fields need a change.': 'Certains champs sont à corriger.',
  'Some fields are not filled in.': 'Certains champs ne sont pas remplis.',
  'This name is taken.': 'Ce nom est déjà pris.',
  'This user name is taken.': 'Ce nom d’utilisateur est déjà pris.',
  'Another user has this e-mail address.': 'Un autre utilisateur a cette adresse e-mail.',
  'This extension is taken.': 'Ce poste est déjà pris.',
  'This number is taken.': 'Ce numéro est déjà pris.',
  'A limit of the organization is reached.': 'Une limite de l’organisation est atteinte.',
  'This user has as many phones as permitted.': 'Cet utilisateur a autant de téléphones que permis.',
  'There are as many calls as permitted.': 'Il y a autant d’appels que permis.',
  'The balance is too low.': 'Le solde est trop bas.',
  'This password is too easy to guess.': 'Ce mot de passe est trop facile à deviner.',
  'This PIN is too easy to guess.': 'Ce PIN est trop facile à deviner.',
  'Code {code}': 'Code {code}',
  'Something uses this trunk.': 'Ce trunk est utilisé.',
  'Something uses this gateway.': 'Cette passerelle est utilisée.',
  'Customers have this price list.': 'Des clients ont cette liste de prix.',
  'Something uses this file.': 'Ce fichier est utilisé.',
};
