import type { firstSteps as german } from '../german/steps.ts';

/** First steps. */
export const firstSteps: Record<keyof typeof german, string> = {
  'Add a customer': 'Añadir un cliente',
  'An organization of its own, with its first administrator, balance and limits.':
    'Una organización propia, con su primer administrador, saldo y límites.',
  'Add a user': 'Añadir un usuario',
  'Each person signs in by itself. An extension is how others in the organization call it.':
    'Cada persona inicia sesión por sí misma. Con la extensión la llaman los demás de la organización.',
  'Connect a phone': 'Conectar un teléfono',
  'A desk phone or softphone is a device with lines. The phone of this page needs nothing else.':
    'Un teléfono de escritorio o softphone es un dispositivo con líneas. El de esta página no necesita nada más.',
  'Switch on the phone of this page': 'Activar el teléfono de esta página',
  'Make the first call': 'Hacer la primera llamada',
  'Dial *43 to hear yourself, or the extension of a colleague.':
    'Marque *43 para oírse a sí mismo, o la extensión de un compañero.',
  'Open the phone': 'Abrir el teléfono',
  'Connect a trunk or a gateway': 'Conectar una troncal o una pasarela',
  'Calls to and from the telephone network pass a carrier or a PBX.':
    'Las llamadas con la red telefónica pasan por una operadora o una centralita.',
  'Activate a number': 'Activar un número',
  'Others call the organization by it. It rings what it is routed to.':
    'Con él llaman otros a la organización. Suena donde se haya encaminado.',
  'Build a call flow': 'Construir un flujo de llamadas',
  'Greets callers and asks what they want. A number or an extension begins it.':
    'Saluda a quien llama y le pregunta qué desea. Empieza con un número o una extensión.',
  Done: 'Hecho',
  'The same by the API': 'Lo mismo con la API',
  'First steps': 'Primeros pasos',
  '{done} of {count} done': '{done} de {count} hechos',
  'Put away': 'Ocultar',
};
