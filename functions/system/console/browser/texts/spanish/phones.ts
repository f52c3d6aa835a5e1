import type { phones as german } from '../german/phones.ts';

/** Desk phones, and how they are connected. */
export const phones: Record<keyof typeof german, string> = {
  User: 'Usuario',
  Model: 'Modelo',
  Maker: 'Fabricante',
  'MAC address': 'Dirección MAC',
  'Twelve letters and digits on the back of the phone': 'Doce letras y cifras en la parte posterior del teléfono',
  'Add the phone': 'Añadir el teléfono',
  'Waits for its first start': 'Espera su primer inicio',
  'Waits for a restart': 'Espera un reinicio',
  'No file for this phone': 'No hay archivo para este teléfono',
  'Not reachable': 'No disponible',
  'Not ready': 'No está listo',
  'Every state': 'Todos los estados',
  'Desk phone': 'Teléfono de escritorio',
  'Program on a computer or mobile': 'Programa en un ordenador o móvil',
  'Adapter for analog phones': 'Adaptador para teléfonos analógicos',
  'QR code of the link': 'Código QR del enlace',
  'Enter this link as the provisioning server on the page of the phone, or scan it. Then restart the phone.':
    'Escriba este enlace como servidor de aprovisionamiento en la página del teléfono o escanéelo. Después reinícielo.',
  'Link for the phone': 'Enlace para el teléfono',
  'The link has the password of the phone. Do not send it to others.':
    'El enlace contiene la contraseña del teléfono. No lo envíe a otros.',
  Address: 'Dirección',
  'Name, model or MAC address': 'Nombre, modelo o dirección MAC',
  'No phones here. The phone of this page needs none.':
    'Aquí no hay teléfonos. El teléfono de esta página no necesita ninguno.',
  'No desk phone yet. The phone of this page needs none.':
    'Aún no hay teléfonos de escritorio. El teléfono de esta página no necesita ninguno.',
  'Ring it': 'Hacerlo sonar',
  'Connect the phone': 'Conectar el teléfono',
  'Connect {name}': 'Conectar {name}',
  good: 'buena',
  fair: 'aceptable',
  poor: 'mala',
  'Last sign of life': 'Última señal de vida',
  'Ready since': 'Listo desde',
  Version: 'Versión',
  Network: 'Red',
  'The phone does not answer.': 'El teléfono no responde.',
  'The phone has a call. Try again after it.': 'El teléfono tiene una llamada. Pruebe otra vez después.',
  '{name} starts again.': '{name} se está reiniciando.',
  'The phone has a new link and new passwords, from its next start on.':
    'El teléfono tiene un enlace nuevo y contraseñas nuevas desde su próximo inicio.',
  'Start again': 'Reiniciar',
  'New link and passwords': 'Enlace y contraseñas nuevos',
  '{extensions} no longer rings on this phone.': '{extensions} ya no suena en este teléfono.',
  'Its settings are there again if it is added within 90 days.':
    'Sus ajustes vuelven si se añade de nuevo antes de 90 días.',
  'Line of its own': 'Línea propia',
  'Line shared with other phones': 'Línea compartida con otros teléfonos',
  'Key that shows whether someone talks': 'Tecla que muestra si alguien está hablando',
  'Lines and keys': 'Líneas y teclas',
  'Each line rings for a person. A key shows whether a colleague talks, and calls or picks up.':
    'Cada línea suena para una persona. Una tecla muestra si un compañero habla, y le llama o captura su llamada.',
  'Person or extension': 'Persona o extensión',
  'Text beside the key': 'Texto junto a la tecla',
  Kind: 'Tipo',
  'Settings of the phone': 'Ajustes del teléfono',
  'Of the phone itself, such as its time zone. A file of your own may use any name.':
    'Del propio teléfono, por ejemplo su zona horaria. Un archivo propio puede usar cualquier nombre.',
  'Own file for the phone': 'Archivo propio para el teléfono',
  Value: 'Valor',
  'Saved. The phone has it after its next start.': 'Guardado. El teléfono lo tendrá después de su próximo inicio.',
  'an extension': 'una extensión',
  'This phone does not work': 'Este teléfono no funciona',
  'Its user was deleted. Give it to another user, or choose “New link and passwords” in the menu.':
    'Se eliminó su usuario. Asígnelo a otro, o elija «Enlace y contraseñas nuevos» en el menú.',
};
