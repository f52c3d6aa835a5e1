import type { problems as german } from '../german/problems.ts';

/** Errors. */
export const problems: Record<keyof typeof german, string> = {
  'The user name or the password is wrong.': 'El nombre de usuario o la contraseña no son correctos.',
  'Too many wrong attempts. Try again later, or ask your administrator.':
    'Demasiados intentos fallidos. Pruebe más tarde o consulte a su administrador.',
  'Too many requests. Try again in a minute.': 'Demasiadas solicitudes. Pruebe dentro de un minuto.',
  'This is not available right now. Try again in a moment.':
    'No está disponible en este momento. Pruebe dentro de un momento.',
  'Something went wrong on the server. Report it with the number below.':
    'Algo ha fallado en el servidor. Comuníquelo con el número siguiente.',
  'You may not do this. Ask your administrator.': 'No tiene permiso para hacer esto. Consulte a su administrador.',
  'This person has more rights than you.': 'Esta persona tiene más derechos que usted.',
  'You cannot give rights that you do not have.': 'No puede dar derechos que usted no tiene.',
  'You have no access to this organization.': 'No tiene acceso a esta organización.',
  'Your organization is suspended. Ask your provider.': 'Su organización está suspendida. Consulte a su proveedor.',
  'Only the seller of this organization may change this.': 'Solo el vendedor de esta organización puede cambiarlo.',
  'Only the operator of the platform may do this.': 'Solo el operador de la plataforma puede hacer esto.',
  'This does not exist any more.': 'Esto ya no existe.',
  'Someone else has changed this. Load the page again to see how it is now.':
    'Otra persona lo ha cambiado. Vuelva a cargar la página para ver cómo está ahora.',
  'This would remove a large part of the entries. Load the page again before you save.':
    'Esto eliminaría una gran parte de las entradas. Vuelva a cargar la página antes de guardar.',
  'Some fields need a change.': 'Hay que corregir algunos campos.',
  'Some fields are not filled in.': 'Faltan algunos campos.',
  'This name is taken.': 'Este nombre ya existe.',
  'This user name is taken.': 'Este nombre de usuario ya existe.',
  'Another user has this e-mail address.': 'Otro usuario tiene esta dirección de correo.',
  'This extension is taken.': 'Esta extensión ya está ocupada.',
  'This number is taken.': 'Este número ya está ocupado.',
  'A limit of the organization is reached.': 'Se ha alcanzado un límite de la organización.',
  'This user has as many phones as permitted.': 'Este usuario tiene tantos teléfonos como se permiten.',
  'There are as many calls as permitted.': 'Hay tantas llamadas como se permiten.',
  'The balance is too low.': 'El saldo es demasiado bajo.',
  'This password is too easy to guess.': 'Esta contraseña es demasiado fácil de adivinar.',
  'This PIN is too easy to guess.': 'Este PIN es demasiado fácil de adivinar.',
  'Code {code}': 'Código {code}',
  'Something uses this trunk.': 'Esta troncal está en uso.',
  'Something uses this gateway.': 'Esta pasarela está en uso.',
  'Customers have this price list.': 'Hay clientes con esta lista de precios.',
  'Something uses this file.': 'Este archivo está en uso.',
};
